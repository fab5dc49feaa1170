"use strict";
// Replaces each still picture by the interactive one of the same chart; where that fails, the still one stays.
(function () {
  const phone = window.matchMedia("(max-width: 700px)");
  const options = {
    ast: true,
    renderer: "svg",
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  function draw(figure) {
    const width = phone.matches ? "narrow" : "wide";
    const source = figure.querySelector("script[data-width=" + width + "]");
    const place = figure.querySelector(".live");
    if (figure.view) {
      figure.view.finalize();
    }
    window.vegaEmbed(place, JSON.parse(source.textContent), options).then(
      function (result) {
        figure.view = result;
        figure.classList.add("drawn");
      },
      function () {
        figure.classList.remove("drawn");
      },
    );
  }
  const figures = Array.from(document.querySelectorAll("figure.picture"));
  figures.forEach(draw);
  phone.addEventListener("change", function () {
    figures.forEach(draw);
  });
})();
