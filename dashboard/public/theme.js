// Sets the theme before anything is painted, so that a dark page never flashes white.
;(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  let chosen = null
  try {
    chosen = localStorage.getItem('forewarn-theme')
  } catch {
    // Storage may be forbidden; then the system decides each time.
  }
  document.documentElement.dataset.theme = chosen ?? (dark ? 'dark' : 'light')
})()
