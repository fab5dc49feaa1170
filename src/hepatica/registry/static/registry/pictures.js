"use strict";
// Draws the pictures of a page from their specifications (json_script elements NAME-wide and NAME-narrow), without
// evaluating code from text, so that the page's security policy holds.
(function () {
  const phone = window.matchMedia("(max-width: 700px)");
  const options = {
    ast: true,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  function draw(place) {
    const width = phone.matches ? "narrow" : "wide";
    const source = document.getElementById(place.dataset.picture + "-" + width);
    if (place.view) {
      place.view.finalize();
    }
    window.vegaEmbed(place, JSON.parse(source.textContent), options).then(function (result) {
      place.view = result;
      place.classList.add("drawn");
    });
  }
  function drawAll(root) {
    root.querySelectorAll("[data-picture]").forEach(draw);
  }
  document.addEventListener("DOMContentLoaded", function () {
    drawAll(document);
    phone.addEventListener("change", function () {
      drawAll(document);
    });
    document.body.addEventListener("htmx:afterSwap", function (event) {
      drawAll(event.target);
    });
  });
})();
