// What an eye and a thumb would notice on a page: sideways scrolling, small print, small targets.
// Called with the smallest target in CSS pixels; answers with a list of sentences.
(targetMin) => {
  const said = [];
  const shown = (el) => {
    if (el.closest("[hidden], .visually-hidden, .skip, .paper-card")) return false;
    const box = el.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && el.checkVisibility({ visibilityProperty: true });
  };
  const named = (el) => `<${el.tagName.toLowerCase()} ${el.className?.baseVal ?? el.className}> “${el.textContent.trim().slice(0, 20)}”`;

  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((el) => shown(el) && el.getBoundingClientRect().right > window.innerWidth + 1);
    said.push(`scrolls sideways: ${root.scrollWidth} px, ${wide.slice(0, 3).map(named).join(", ")}`);
  }
  document.querySelectorAll("main *, .table-wrap").forEach((el) => {
    const flows = getComputedStyle(el).overflowX;
    if ((flows === "auto" || flows === "scroll") && shown(el) && el.scrollWidth > el.clientWidth + 1) said.push(`hides text at the right: ${named(el)}`);
  });

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const el = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE", "DESC", "OPTION"].includes(el.tagName.toUpperCase()) || !shown(el)) continue;
    const drawn = el.closest("svg") ? el.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(el).fontSize) * drawn;
    if (size < 17.9) said.push(`text of ${size.toFixed(1)} px: ${named(el)}`);
  }

  const targets = "button, .weui-btn, .input, summary, label.check, label.tile, .weui-cell_access, .doors a, header a";
  document.querySelectorAll(targets).forEach((el) => {
    if (!shown(el)) return;
    const box = el.getBoundingClientRect();
    if (box.width < targetMin || box.height < targetMin) said.push(`target of ${box.width.toFixed(0)}×${box.height.toFixed(0)} px: ${named(el)}`);
  });
  return [...new Set(said)];
}
