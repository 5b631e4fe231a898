// Reads QR codes in the page: by camera, or from a photo. Loaded only where there is something to scan.
// Each [data-scan] names its input (data-target); data-submit sends its form when a code is read;
// a code that is an address of this very site is opened instead when data-open is set. With data-queue
// the camera, once opened, opens again on the next page, and a card still held before it is not read twice.
(function () {
  "use strict";
  if (!window.ZXingWASM) return;

  var reading = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };

  document.querySelectorAll("[data-scan]").forEach(function (box) {
    var video = box.querySelector("video");
    var start = box.querySelector("[data-scan-start]");
    var photo = box.querySelector("[data-scan-photo]");
    var status = box.querySelector("[role=status]");
    var canvas = document.createElement("canvas");
    var stream = null;
    var done = false;
    var canOpen = Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
    var queue = box.hasAttribute("data-queue");

    // The module's own default would fetch from a server elsewhere.
    window.ZXingWASM.prepareZXingModule({
      overrides: {
        locateFile: function (path, prefix) { return path.endsWith(".wasm") ? box.dataset.wasm : prefix + path; }
      }
    });

    function say(word) { status.textContent = box.dataset[word] || ""; }

    function stop() {
      if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
      stream = null;
      video.hidden = true;
      start.hidden = !canOpen;
    }

    function before() {
      try { return JSON.parse(sessionStorage.getItem("scanned")) || {}; } catch (none) { return {}; }
    }

    function isHeldStill(text) {
      var last = before();
      if (!queue || last.end !== text.slice(-8) || Date.now() - last.at > 8000) return false;
      remember(text);
      return true;
    }

    function remember(text) {
      if (!queue) return;
      var said = JSON.stringify({ end: text.slice(-8), at: Date.now(), camera: Boolean(stream) });
      try { sessionStorage.setItem("scanned", said); } catch (full) { /* the camera is opened by hand then */ }
    }

    function found(text) {
      if (done) return;
      done = true;
      remember(text);
      stop();
      say("found");
      if (navigator.vibrate) navigator.vibrate(80);
      if (box.hasAttribute("data-open")) {
        try {
          var address = new URL(text);
          if (address.origin === location.origin) { location.assign(address.href); return; }
        } catch (notAnAddress) { /* typed codes go into the field */ }
      }
      var input = document.querySelector(box.dataset.target);
      input.value = text;
      if (box.hasAttribute("data-submit")) input.form.requestSubmit();
      else { done = false; input.focus(); }
    }

    async function look() {
      if (!stream || done) return;
      if (video.readyState >= 2 && video.videoWidth) {
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        var pen = canvas.getContext("2d", { willReadFrequently: true });
        pen.drawImage(video, 0, 0);
        try {
          var codes = await window.ZXingWASM.readBarcodes(pen.getImageData(0, 0, canvas.width, canvas.height), reading);
          if (codes.length && codes[0].text && !isHeldStill(codes[0].text)) { found(codes[0].text); return; }
        } catch (broken) { stop(); say("broken"); return; }
      }
      setTimeout(look, 120);
    }

    async function open() {
      say("starting");
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
        video.srcObject = stream;
        video.hidden = false;
        await video.play();
        start.hidden = true;
        say("looking");
        look();
      } catch (refused) { stop(); say("refused"); }
    }

    photo.addEventListener("change", async function () {
      if (!photo.files.length) return;
      say("reading");
      try {
        var codes = await window.ZXingWASM.readBarcodes(photo.files[0], reading);
        if (codes.length && codes[0].text) found(codes[0].text);
        else say("nothing");
      } catch (broken) { say("broken"); }
      photo.value = "";
    });
    photo.closest(".photo").hidden = false;

    if (canOpen) {
      start.hidden = false;
      start.addEventListener("click", open);
      if (queue && before().camera) open();
    }
    document.addEventListener("visibilitychange", function () { if (document.hidden) stop(); });
  });
})();
