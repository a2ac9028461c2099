/** The page behind a one-time link. */
export const PASSWORD_PAGE = '/set-password';
export const PASSWORD_SCRIPT_PAGE = '/set-password.js';

export const PASSWORD_HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Set your password</title><link rel="stylesheet" href="/api/docs/style.css"></head>
<body><h1>Set your password</h1>
<form id="form">
<p><label for="password">New password, 12 characters or more</label></p>
<p><input id="password" type="password" autocomplete="new-password" minlength="12" maxlength="128" required></p>
<p><button>Set the password</button></p>
</form>
<p id="outcome" role="status"></p>
<script src="${PASSWORD_SCRIPT_PAGE}"></script>
</body></html>
`;

/** What is behind # in the link stays in the browser, and goes to the server in a body only. */
export const PASSWORD_SCRIPT = `const form = document.getElementById('form');
const outcome = document.getElementById('outcome');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = { token: location.hash.slice(1), newPassword: document.getElementById('password').value };
  const answer = await fetch('/api/v1/signIn/actions/setPassword', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) {
    form.remove();
    history.replaceState(null, '', location.pathname);
    outcome.textContent = 'Your password is set. You can close this page.';
    return;
  }
  const problem = await answer.json();
  outcome.textContent = problem.detail;
});
`;
