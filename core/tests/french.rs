//! Every sentence of the law and of the operator that a status or the log may hold has its French: source → its string
//! literals, tests and attributes aside → those that are words → each is in a room of [`beffroi_core::french`], or in
//! the list of what nobody reads.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use beffroi_core::{french, policy};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Where sentences are written that end in a status or in the log, from this crate's folder.
const SOURCES: [&str; 23] = [
    "src/endings/mod.rs",
    "src/endings/sources.rs",
    "src/policy",
    "src/placement",
    "src/placement.rs",
    "src/plan",
    "src/location",
    "src/site",
    "src/site.rs",
    "src/catalogue.rs",
    "src/conditions.rs",
    "src/ledger.rs",
    "src/references.rs",
    "src/register.rs",
    "src/tenant.rs",
    "src/tenant",
    "src/trail.rs",
    "../operator/src/apply.rs",
    "../operator/src/controllers",
    "../operator/src/sites/connection.rs",
    "../operator/src/sites/kubeconfig.rs",
    "../operator/src/unreadable.rs",
    "../operator/src/sites/remains.rs",
];

/// Texts that are no sentences for a tenant.
const UNREAD: [&str; 90] = [
    // Parts of sentences that the rooms have whole.
    "{what} ends on {}",
    // What whoever verifies a bundle is told, and what is compared.
    "the policy says something of {path} that this version of Beffroi does not know: use a newer one, or correct it",
    "of no chart: it bears what stands for Beffroi's own identity",
    "'Beffroi itself'",
    "digest",
    "spec",
    "scope",
    // Kinds that are looked for.
    "volumesnapshotcontents",
    "default",
    "volumegroupsnapshotcontents",
    "backuprepositories",
    "backups",
    "buckets",
    // Parts of sentences that the rooms have whole.
    " through {}",
    " to {}",
    "an image",
    "unknown",
    ", before: {before}",
    "{:?} {} for {}",
    "{link}: established in {land}; {reach}",
    "{}{through}, over {most}",
    "{link}: {share} of {what} held{concert} by {}",
    " in concert",
    ", by a pact,",
    "{link}: {holder} has{together} {what}{by}",
    "{link}: {holder} has{together} {what} over {firm}, who decides over it{by}",
    "{name}: {scheme:?} {reference} {oddity}: check its dates",
    "provider {name}",
    "version",
    // Steps of the operator's own work, told in its log and in events.
    "a controller ended by itself",
    "asked to stop before starting",
    "the controllers were started twice",
    "deleting a workspace",
    "deleting a workspace at its end",
    "deleting the tenant's namespace",
    "labelling the tenant's namespace",
    "looking for workspaces",
    "removing the tenant's namespace",
    "making the tenant's namespace",
    "reading a namespace",
    "{} in site {name} {}; it was put right",
    "looking at what was written in a site",
    "apply",
    "create",
    "delete",
    "release",
    // Names of objects, of laws, of fields and of functions.
    "failed",
    "-data",
    "cluster",
    "clusters",
    "token",
    "user",
    "users",
    "deployed",
    "superseded",
    "Pod {} volume {}",
    "more-{index}",
    "tenant-",
    "_beffroi",
    "localhost",
    "csi",
    "local",
    "Assistance and Access Act 2018",
    "conditions",
    "message",
    "reason",
    "status",
    "exec",
    "password",
    "username",
    "@in",
    "bool",
    "contains",
    "double",
    "dyn",
    "int",
    "size",
    "string",
    "uint",
    "bytes",
    "list",
    "map",
    "matches",
    "name",
    "provider",
    "site",
    "workspace",
    "as",
    "https://",
    "oci://",
];

#[test]
fn every_sentence_that_may_be_read_has_its_french() {
    let known: Vec<String> =
        french::pairs().chain(french::joints()).map(|(english, _)| bare(english)).collect();
    let has_french = |words: &str| known.iter().any(|known| holds(known, words));
    let both = policy::all().iter().flat_map(|rule| [rule.fr, rule.en, rule.source]);
    let aside: BTreeSet<&str> = both.chain(UNREAD.iter().copied()).collect();
    let mut lacking = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in SOURCES.iter().flat_map(|path| files(&folder.join(path))) {
        let source: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
        for text in literals(source).into_iter().filter(|text| !aside.contains(text.as_str())) {
            let words = bare(&text);
            let told = has_french(&words)
                || words.split("; ").all(|part| !is_words(part) || has_french(&bare(part)));
            if is_words(&words) && !told {
                lacking.insert(format!("{}: {text:?}", file.display()));
            }
        }
    }
    let lacking: Vec<String> = lacking.into_iter().collect();
    assert!(lacking.is_empty(), "without French:\n{}", lacking.join("\n"));
}

fn files(path: &Path) -> Vec<PathBuf> {
    assert!(path.exists(), "{} is not there: name its sentences' new place", path.display());
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let tests =
        |path: &PathBuf| ["tests.rs", "fixtures.rs", "random.rs"].iter().any(|name| path.ends_with(name));
    entries.filter(|path| !tests(path)).flat_map(|path| files(&path)).collect()
}

/// String literals of a source: not those of attributes but `#[error]`, of tests, of metrics and of the program's own
/// log, nor keys of JSON.
fn literals(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                at += usize::from(
                    matches!(tokens.get(at), Some(TokenTree::Punct(inner)) if inner.as_char() == '!'),
                );
                let Some(TokenTree::Group(attribute)) = tokens.get(at) else { continue };
                at += 1;
                let text = attribute.stream().to_string();
                if text.starts_with("error") {
                    found.extend(literals(attribute.stream()));
                } else if text.starts_with("cfg") && text.contains("test") {
                    at = item_end(&tokens, at);
                }
            }
            TokenTree::Ident(name) if ["tracing", "metrics", "json"].iter().any(|silent| name == silent) => {
                at = call_end(&tokens, at);
            }
            TokenTree::Group(group) => found.extend(literals(group.stream())),
            TokenTree::Literal(literal) => found.extend(string(&literal.to_string())),
            _ => {}
        }
    }
    found
}

/// After the item that begins here: its body in braces, or its semicolon.
fn item_end(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    };
    from + tokens[from..].iter().position(ends).map_or(0, |at| at + 1)
}

/// After the arguments of the call whose path begins here.
fn call_end(tokens: &[TokenTree], from: usize) -> usize {
    let arguments = |token: &TokenTree| matches!(token, TokenTree::Group(Group { .. }));
    from + tokens[from..].iter().take(6).position(arguments).map_or(0, |at| at + 1)
}

/// What a string literal says.
fn string(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let (mut text, mut rest) = (String::new(), inner.chars().peekable());
    while let Some(letter) = rest.next() {
        match (letter, rest.peek()) {
            ('\\', Some('\n')) => while rest.next_if(|next| next.is_whitespace()).is_some() {},
            ('\\', Some(_)) => text.extend(rest.next()),
            _ => text.push(letter),
        }
    }
    Some(text)
}

/// A template without what stands at its ends but words.
fn bare(template: &str) -> String {
    let plain = plain(template);
    let (mut words, mut before) = (plain.as_str(), "");
    while words != before {
        before = words;
        words = words.trim_matches([' ', ';', ',', ':', '=', '.', '`']);
        words = words.strip_prefix("{}").unwrap_or(words);
        words = words.strip_suffix("{}").unwrap_or(words);
    }
    words.to_owned()
}

/// A template with all its holes alike, and those side by side as one.
fn plain(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        text.push_str(literal);
        text.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    while text.contains("{}{}") {
        text = text.replace("{}{}", "{}");
    }
    text
}

/// Whether a template has these words, from the beginning of a word to the end of one; a single word must be all of it,
/// for it stands in many.
fn holds(template: &str, words: &str) -> bool {
    if words.split(' ').filter(|word| word.len() > 2).count() < 2 {
        return template == words;
    }
    template.match_indices(words).any(|(at, _)| {
        let edge = |next: Option<char>| next.is_none_or(|c| !c.is_alphanumeric());
        edge(template[..at].chars().next_back()) && edge(template[at + words.len()..].chars().next())
    })
}

/// Whether people would read it: words with a space between them, or one small word.
fn is_words(text: &str) -> bool {
    let bare = text.replace("{}", "");
    let word = |word: &str| word.len() > 1 && word.chars().all(char::is_lowercase);
    match bare.trim_matches(|c: char| !c.is_alphanumeric()) {
        one if !one.contains(' ') => word(one),
        many => many.split(' ').any(word),
    }
}
