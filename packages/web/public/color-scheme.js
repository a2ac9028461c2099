// Before anything is painted: the colours that were chosen, so that a dark screen does not flash white.
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('nightshift.colours') ?? 'auto';
  } catch {}
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
