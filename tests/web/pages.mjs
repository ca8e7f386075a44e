// What people see of an issuer: a form to sign in, and a notice when that is not possible. No script, nothing from
// elsewhere.

export function signIn({ title, name, failed }) {
  return page(`Connexion – ${title}`, `
    <h1>Connexion</h1>
    <p>${escape(title)}</p>
    ${failed ? '<p id="erreur" role="alert">Nom ou mot de passe inconnu : vérifiez-les et recommencez.</p>' : ''}
    <form method="post">
      <label for="nom">Nom d’utilisateur</label>
      <input id="nom" name="nom" autocomplete="username" autocapitalize="none" spellcheck="false" required
        value="${escape(name)}" ${failed ? 'aria-invalid="true" aria-describedby="erreur"' : ''}>
      <label for="secret">Mot de passe</label>
      <input id="secret" name="secret" type="password" autocomplete="current-password" required>
      <button>Se connecter</button>
    </form>`);
}

export function notice(text) {
  return page('Connexion impossible', `<h1>Connexion impossible</h1><p role="alert">${escape(text)}</p>`);
}

function page(title, body) {
  return `<!doctype html>
<html lang="fr">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escape(title)}</title>
    <link rel="icon" href="data:,">
    <style>
      body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #161616; background: #f6f6f6 }
      main { max-width: 24rem; margin: 3rem auto; padding: 1.5rem 2rem 2rem; background: #fff }
      label, input, button { display: block; font: inherit; width: 100%; box-sizing: border-box }
      label { margin-top: 1rem }
      input { padding: .5rem; border: 1px solid #6a6a6a }
      button { margin-top: 1.5rem; padding: .6rem; border: 0; color: #fff; background: #000091; cursor: pointer }
      [role=alert] { color: #ce0500 }
      :focus-visible { outline: 2px solid #0a76f6; outline-offset: 2px }
    </style>
  </head>
  <body><main>${body}</main></body>
</html>`;
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
