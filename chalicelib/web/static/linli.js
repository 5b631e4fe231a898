// What pages do beyond plain HTML: never needed, only kinder. No form depends on it.
(function () {
  "use strict";

  // A second press of the same button while the first is on its way does nothing. The server would
  // answer it with the first result anyway; this spares the wait.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.hasAttribute("hx-post")) return;
    form.dataset.sent = "1";
    var button = event.submitter;
    if (button && button.dataset.wait) {
      // Not `disabled`: a disabled button's name and value would not be sent.
      button.setAttribute("aria-disabled", "true");
      button.dataset.label = button.textContent;
      setTimeout(function () { button.textContent = button.dataset.wait; }, 0);
    }
  });

  // After the back button the page may be the one that was left, with its form already sent.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("[data-label]").forEach(function (button) {
        button.textContent = button.dataset.label;
        button.removeAttribute("aria-disabled");
      });
    });
  });

  function wire(root) {
    root.querySelectorAll(".result h1, .problem h1").forEach(breakAtMarks);
    root.querySelectorAll("[data-money]").forEach(wireMoney);
    root.querySelectorAll("[data-copy]").forEach(wireCopy);
    root.querySelectorAll("[data-print]").forEach(function (button) {
      button.hidden = false;
      button.onclick = function () { window.print(); };
    });
  }

  // The sentence of the moment breaks after its marks, not within a word: Chinese has no spaces to break at.
  function breakAtMarks(heading) {
    heading.childNodes.forEach(function (node) {
      if (node.nodeType !== Node.TEXT_NODE) return;
      // No lookbehind: Safari before 16.4 would refuse the whole file.
      var parts = node.data.replace(/([,;?!:\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f])(?=[\u4e00-\u9fff\u201c\u300a])/g, "$1\u0000").split("\u0000");
      node.replaceWith.apply(node, parts.flatMap(function (part, n) { return n ? [document.createElement("wbr"), part] : [part]; }));
    });
  }

  function wireMoney(field) {
    var chips = field.querySelector("[data-chips]");
    var input = field.querySelector("input.input");
    if (!chips || !input) return;
    chips.hidden = false;
    function show() {
      chips.querySelectorAll("[data-amount]").forEach(function (chip) {
        chip.setAttribute("aria-pressed", String(chip.dataset.amount === input.value.trim()));
      });
    }
    chips.onclick = function (event) {
      var chip = event.target.closest("[data-amount]");
      if (!chip) return;
      input.value = chip.dataset.amount;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    input.addEventListener("input", show);
    show();
  }

  function wireCopy(button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.onclick = function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.textContent = button.dataset.copied;
      });
    };
  }

  // htmx drops an answer that is not 2xx, and says nothing when the line is down.
  function tell(text) {
    var place = document.getElementById("messages");
    if (!place || !text) return;
    place.textContent = "";
    var box = document.createElement("div");
    box.className = "notice notice-bad";
    box.setAttribute("role", "alert");
    box.textContent = text;
    place.append(box);
  }
  document.addEventListener("htmx:sendError", function () { tell(document.body.dataset.offline); });
  document.addEventListener("htmx:responseError", function () { tell(document.body.dataset.failed); });
  document.addEventListener("htmx:load", function (event) { wire(event.target); });

  wire(document);
})();
