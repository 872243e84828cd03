//! Habits that no compiler and no lint looks after. A rule is a line in a table here; every rule is seen to fail.

use std::collections::BTreeSet;
use std::path::Path;

use hub_tests::tools::root;

/// Files past this have a second idea in them.
const LONGEST: usize = 600;

/// A rule about text: which files it looks at, what may not be in them, where it may be all the same, and what to do.
struct Rule {
    files: fn(&str) -> bool,
    never: &'static [&'static str],
    except: fn(&str) -> bool,
    instead: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        files: |path| path.ends_with(".rs"),
        never: &["sea_orm::", "use sea_orm", "sea_orm_migration"],
        except: |path| {
            let homes = ["hub/src/store/", "migrations/", "tests/"];
            homes.iter().any(|home| path.starts_with(home))
                || path.ends_with("/row.rs")
                || path.ends_with("/queries.rs")
        },
        instead: "the database is spoken to in hub/src/store, row.rs and queries.rs only",
    },
    Rule {
        files: |path| path.ends_with(".rs"),
        never: &["tokio::time::sleep", "thread::sleep", "SystemTime::now", "Timestamp::now", "Zoned::now"],
        // The clock itself, and the pause between two looks at a condition with an upper bound.
        except: |path| ["hub/src/time.rs", "tests/src/wait.rs"].contains(&path),
        instead: "`now` is an argument; whoever owns a hub::time::Clock sleeps on it; tests use `eventually`",
    },
    Rule {
        files: |_| true,
        never: &["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "#[ignore", "```ignore"],
        except: |path| path == "clippy.toml",
        instead: "finish it, or leave it out and say so in the documentation",
    },
    Rule {
        files: |path| path.starts_with("web/templates/"),
        never: &["|safe", "| safe", " style=\"", " style='", "<style", "<script>", "javascript:"],
        except: |_| false,
        instead: "nothing unescaped and nothing inline: the content security policy refuses it anyway",
    },
    Rule {
        files: |path| path.starts_with("static/js/"),
        never: &["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"],
        except: |path| path == "static/js/live/apply.js",
        instead: "static/js/live/apply.js is the only place where HTML enters the page",
    },
];

/// What is wrong with a file, one line each.
fn faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.files)(path) && !(rule.except)(path)) {
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = rule.never.iter().find(|word| line.contains(**word)) {
                faults.push(format!("{path}:{}: {word}: {}", number + 1, rule.instead));
            }
        }
    }
    if path.starts_with("web/templates/") {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| has_handler(line)) {
            faults.push(format!("{path}:{}: an on… attribute in {line:?}: scripts live in static/js", number + 1));
        }
    }
    let code = [".rs", ".html", ".css", ".js"].iter().any(|kind| path.ends_with(kind));
    let lines = text.lines().count();
    if code && lines > LONGEST {
        faults.push(format!("{path}: {lines} lines: look for the second idea in it"));
    }
    faults
}

/// Whether a line of HTML has an event handler as an attribute (`onclick="…"`).
fn has_handler(line: &str) -> bool {
    line.match_indices(" on").any(|(at, _)| {
        let name = line[at + 3..].split(['=', ' ', '>']).next().unwrap_or_default();
        // The shortest is `oncut`; `one=`, `only=` and `onto=` are prose.
        let attribute = name.len() > 2 && name.bytes().all(|letter| letter.is_ascii_lowercase());
        attribute && line[at + 3 + name.len()..].starts_with('=')
    })
}

/// Every text file of the project: path from the root, with `/`, and content.
fn project() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the project can be read").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            // What git does not keep, or what a machine wrote.
            let skip = ["target", "data", "data-demo", ".git", "Cargo.lock"].contains(&name.as_str());
            if skip || name == file!() {
                continue;
            } else if path.is_dir() {
                walk(&path, files);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                files.push((name, text));
            }
        }
    }
    let mut files = Vec::new();
    walk(root(), &mut files);
    assert!(files.iter().any(|(name, _)| name == "hub/src/lib.rs"), "the project is looked at");
    files
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_keeps_the_rules() {
    none(project().iter().flat_map(|(path, text)| faults(path, text)).collect());
}

#[test]
fn every_rule_is_seen_to_fail() {
    let planted = [
        ("web/src/incident.rs", "use sea_orm::EntityTrait;"),
        ("hub/src/incident/commands.rs", "sea_orm::Database::connect(url)"),
        ("tests/it/room.rs", "tokio::time::sleep(A_WHILE).await;"),
        ("tests/it/room.rs", "std::thread::sleep(A_WHILE);"),
        ("hub/src/room/say.rs", "let now = SystemTime::now();"),
        ("hub/src/room/say.rs", "let now = jiff::Timestamp::now();"),
        ("hub/src/room/say.rs", "// TODO the rest"),
        ("static/css/base.css", "/* FIXME */"),
        ("hub/src/room/say.rs", "todo!()"),
        ("tests/it/room.rs", "#[ignore = \"slow\"]"),
        ("hub/src/room/say.rs", "/// ```ignore"),
        ("web/templates/room/room.html", "{{ text|safe }}"),
        ("web/templates/room/room.html", "{{ text | safe }}"),
        ("web/templates/room/room.html", "<p style=\"color: red\">"),
        ("web/templates/room/room.html", "<button onclick=\"go()\">"),
        ("web/templates/room/room.html", "<form onsubmit=go()>"),
        ("web/templates/room/room.html", "<script>go()</script>"),
        ("static/js/live/socket.js", "place.innerHTML = frame.html"),
    ];
    for (path, line) in planted {
        assert_eq!(faults(path, line).len(), 1, "{path} may not say {line:?}");
    }
    assert_eq!(faults("hub/src/long.rs", &"//\n".repeat(LONGEST + 1)).len(), 1, "long files are named");
    let fine = [
        ("hub/src/store/db.rs", "use sea_orm::Database;"),
        ("hub/src/incident/row.rs", "use sea_orm::entity::prelude::*;"),
        ("tests/src/wait.rs", "tokio::time::sleep(PAUSE).await;"),
        (
            "web/templates/room/room.html",
            "<p>based on one=two, on = three</p> <script src=\"/static/js/hub.js\"></script>",
        ),
        ("static/js/live/apply.js", "place.innerHTML = policy.createHTML(html)"),
        ("hub/src/just_fits.rs", &"//\n".repeat(LONGEST)),
    ];
    for (path, text) in fine {
        assert_eq!(faults(path, text), Vec::<String>::new());
    }
}

#[test]
fn manifests_are_walls() {
    let mut faults = Vec::new();
    let walls: [(&str, &[&str]); 2] = [
        ("hub/Cargo.toml", &["axum", "askama", "election-hub"]),
        ("web/Cargo.toml", &["sea-orm", "sea-orm-migration", "migrations"]),
    ];
    for (manifest, never) in walls {
        let text = read(manifest);
        let names = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        faults.extend(names.filter(|name| never.contains(name)).map(|name| format!("{manifest}: {name} stays out")));
    }
    assert!(read("Cargo.toml").contains("\npublish = false\n"), "no crate of ours is published");
    for member in ["hub", "migrations", "web", "tests"] {
        let manifest = format!("{member}/Cargo.toml");
        for line in ["publish.workspace = true", "[lints]\nworkspace = true"] {
            if !read(&manifest).contains(line) {
                faults.push(format!("{manifest}: {line} is missing"));
            }
        }
    }
    none(faults);
}

/// `cargo deny` says more, but is not on every machine; these are the bans that once cost somebody a day.
#[test]
fn the_lock_file_has_one_tls_provider_and_one_websocket_library() {
    let lock = read("Cargo.lock");
    let packages: BTreeSet<(&str, &str)> = lock
        .split("[[package]]")
        .filter_map(|package| {
            let field = |name| package.lines().find_map(|line: &str| line.strip_prefix(name)?.strip_suffix('"'));
            Some((field("name = \"")?, field("version = \"")?))
        })
        .collect();
    assert!(packages.len() > 100, "the lock file is read");
    let banned = ["openssl-sys", "native-tls", "aws-lc-sys", "axum-login", "tower-sessions"];
    let found: Vec<_> = packages.iter().filter(|(name, _)| banned.contains(name)).collect();
    assert!(found.is_empty(), "{found:?}");
    let sockets: Vec<_> = packages.iter().filter(|(name, _)| *name == "tungstenite").collect();
    assert!(matches!(sockets[..], [(_, version)] if version.starts_with("0.29.")), "axum has 0.29: {sockets:?}");
    assert!(!lock.contains("source = \"git+"), "everything comes from the registry");
}

#[test]
fn every_migration_runs() {
    let list = read("migrations/src/lib.rs");
    let files = project().into_iter().filter_map(|(path, _)| {
        let name = path.strip_prefix("migrations/src/")?.strip_suffix(".rs")?.to_owned();
        name.starts_with("m2").then_some(name)
    });
    none(
        files
            .filter(|name| !list.contains(&format!("{name}::Migration")))
            .map(|name| format!("{name} is not listed"))
            .collect(),
    );
}

/// The same word names the module and the folder of its templates; `components` belong to all of them.
#[test]
fn every_template_folder_has_its_module() {
    let files = project();
    let folders: BTreeSet<&str> = files
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("web/templates/")?.split_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| *folder != "components")
        .collect();
    let homeless = folders.into_iter().filter(|word| {
        let homes = [format!("web/src/{word}.rs"), format!("web/src/{word}/mod.rs"), format!("web/src/{word}_page.rs")];
        !files.iter().any(|(path, _)| homes.contains(path))
    });
    none(homeless.map(|word| format!("web/templates/{word}/ has no module web/src/{word}.rs")).collect());
}
