"use strict";
(() => {
  const articles = [...document.querySelectorAll("article.shift")];
  const tabs = [...document.querySelectorAll(".shift-tabs button")];

  const show = (key) => {
    articles.forEach((article) => article.classList.toggle("shown", article.dataset.shift === key));
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.shift === key)));
  };
  tabs.forEach((tab) => tab.addEventListener("click", () => show(tab.dataset.shift)));

  const drawHour = (svg, hour) => {
    svg.querySelectorAll(".cell").forEach((cell) => {
      cell.setAttribute("class", `cell h${cell.dataset.classes[hour + 1]}`);
    });
    svg.querySelectorAll(".call").forEach((dot) => {
      dot.classList.toggle("elsewhen", hour >= 0 && Number(dot.dataset.hour) !== hour);
    });
    svg.querySelectorAll(".place").forEach((label) => {
      const cars = label.dataset.cars.split(" ")[hour + 1];
      const unit = label.classList.contains("code") ? "" : cars === "1" ? " car" : " cars";
      label.querySelector(".cars").textContent = cars + unit;
    });
  };
  articles.forEach((article) => {
    const controls = article.querySelector(".map-controls");
    const svg = article.querySelector("svg[data-hours]");
    const hours = svg.dataset.hours.split(" ");
    controls.hidden = false;
    controls.querySelector("input").addEventListener("input", (event) => {
      const hour = Number(event.target.value);
      controls.querySelector("output").textContent = hour < 0 ? "Whole shift" : `from ${hours[hour]}`;
      drawHour(svg, hour);
    });
    const marked = [...article.querySelectorAll("[data-sector]")];
    const mark = (id) => marked.forEach((item) => item.classList.toggle("dim", id !== null && item.dataset.sector !== id));
    marked.forEach((item) => {
      item.addEventListener("mouseenter", () => mark(item.dataset.sector));
      item.addEventListener("mouseleave", () => mark(null));
    });
  });

  document.documentElement.classList.add("scripted");
  if (tabs.length) show(tabs[0].dataset.shift);
})();
