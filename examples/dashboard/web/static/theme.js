// The reader's choice of colours, before anything is painted.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* without storage it is as the system has it */ }
