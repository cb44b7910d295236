// Only browsers that know no modules run this: say that they are too old.
document.querySelector(".old-browser").hidden = false;
document.querySelector(".could-not-open").style.display = "none";
