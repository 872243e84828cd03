//! Takes the `static/` tree into the binary: one hash over all of it names the folder that browsers see
//! (`/static/<hash>/…`), so relative imports between modules and from styles to icons need no map and no suffixes.

#[path = "src/assets/stylesheet.rs"]
mod stylesheet;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../static");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", root.display());
    println!("cargo::rerun-if-changed=src/assets/stylesheet.rs");

    let mut files = Vec::new();
    walk(&root, "", &mut files)?;
    files.sort();

    let mut hash = Sha256::new();
    let mut table = String::new();
    for name in &files {
        let bytes = fs::read(root.join(name))?;
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(&bytes);
        let source = if name == "css/hub.css" {
            let css =
                stylesheet::joined(&String::from_utf8(bytes)?, |path| fs::read_to_string(root.join("css").join(path)))?;
            let whole = out.join("hub.css");
            fs::write(&whole, css)?;
            whole
        } else if name.starts_with("css/") {
            continue; // A part of hub.css: no page asks for it.
        } else {
            root.join(name).canonicalize()?
        };
        let source = source.to_str().ok_or("the path of the source tree is not UTF-8")?;
        writeln!(table, "    Asset {{ path: {name:?}, bytes: include_bytes!({source:?}) }},")?;
    }
    let hash = hex::encode(hash.finalize());
    let hash = &hash[..12];
    let code = format!(
        "/// Names the state of the whole static tree in addresses.\npub const HASH: &str = {hash:?};\n\
         /// The sprite of all icons; `#name` follows.\npub const ICONS: &str = \"/static/{hash}/icons/icons.svg\";\n\
         static ASSETS: &[Asset] = &[\n{table}];\n"
    );
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}

/// All files below `folder`, as paths from the root with `/` between the parts; hidden files are not for the web.
fn walk(root: &Path, folder: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            walk(root, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
