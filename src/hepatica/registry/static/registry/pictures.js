"use strict";
// Draws the pictures of a page from their specifications: json_script elements NAME-wide and NAME-narrow for
// data-picture="NAME", or the answer of an address for data-source="ADDRESS" (asked with ?width=wide or narrow).
// Nothing is evaluated from text, so that the page's security policy holds.
(function () {
  const phone = window.matchMedia("screen and (max-width: 700px)");
  const options = {
    ast: true,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  // The words of the page's language stand in the page.
  function inLanguage() {
    const words = document.body.dataset;
    return { ...options, i18n: { SVG_ACTION: words.saveSvg, PNG_ACTION: words.savePng } };
  }
  function specification(place, width) {
    if (place.dataset.source) {
      return fetch(place.dataset.source + "?width=" + width).then((answer) => answer.json());
    }
    return Promise.resolve(JSON.parse(document.getElementById(place.dataset.picture + "-" + width).textContent));
  }
  async function draw(place) {
    const spec = await specification(place, phone.matches ? "narrow" : "wide");
    if (place.view) {
      place.view.finalize();
    }
    place.view = await window.vegaEmbed(place, spec, inLanguage());
    // The words of the place say what the picture shows; its single marks would only be noise to a screen reader.
    place.querySelectorAll("svg.marks").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
    place.classList.add("drawn");
  }
  function drawAll(root) {
    root.querySelectorAll("[data-picture], [data-source]").forEach(draw);
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
