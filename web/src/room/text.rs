//! What people typed, as pieces that a template can set: paragraphs, quotes, references as links, and outside addresses
//! defanged, so that nobody opens one by mistake.

/// One piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// A name, or what a sentence is about.
    Strong(String),
    /// A link inside the hub.
    Link {
        /// Where it leads.
        href: String,
        /// What people read.
        text: String,
    },
    /// A reference that leads nowhere, as in the sentence of its own filing.
    Reference(String),
    /// An indicator or a hash: defanged, left to right.
    Code(String),
    /// A TLP label, without "TLP:".
    Tlp(String),
    /// A new line inside a paragraph.
    Break,
}

impl Piece {
    /// Text as it is.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// Text that stands out.
    pub fn strong(text: impl Into<String>) -> Self {
        Self::Strong(text.into())
    }

    /// The incident of a reference.
    pub fn incident(reference: &str) -> Self {
        Self::Link { href: format!("/incidents/{reference}"), text: reference.to_owned() }
    }
}

/// One paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Whether somebody else is quoted: its lines began with `>`.
    pub quote: bool,
    /// What it says.
    pub pieces: Vec<Piece>,
}

/// A message's text as paragraphs. Blank lines part them; lines that begin with `>` are quotes; single line ends are kept.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.trim_end();
        let (quote, said) = match line.trim_start().strip_prefix('>') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        if said.is_empty() {
            open = false;
            continue;
        }
        match blocks.last_mut().filter(|block| open && block.quote == quote) {
            Some(block) => {
                block.pieces.push(Piece::Break);
                pieces(said, &mut block.pieces);
            }
            None => {
                let mut block = Block { quote, pieces: Vec::new() };
                pieces(said, &mut block.pieces);
                blocks.push(block);
            }
        }
        open = true;
    }
    blocks
}

/// One line as pieces.
fn pieces(line: &str, into: &mut Vec<Piece>) {
    let mut plain = String::new();
    for part in line.split_inclusive(char::is_whitespace) {
        let blank = part.len() - part.trim_end().len();
        let (word, space) = part.split_at(part.len() - blank);
        // Marks around a word belong to the sentence: "(ALD-42)," is a reference.
        let inner = word.trim_matches(|c: char| ".,;:!?()[]\"'“”‘’".contains(c));
        let special = if let Some(address) = defanged(inner) {
            Some(Piece::Code(address))
        } else if is_reference(inner) {
            Some(Piece::incident(inner))
        } else {
            None
        };
        let Some((piece, (before, after))) = special.zip(word.split_once(inner)) else {
            plain.push_str(part);
            continue;
        };
        plain.push_str(before);
        if !plain.is_empty() {
            into.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        into.push(piece);
        plain.push_str(after);
        plain.push_str(space);
    }
    if !plain.is_empty() {
        into.push(Piece::Plain(plain));
    }
}

/// `https://vote.example/find` as `hxxps://vote[.]example/find`; nothing where a word is no address.
pub fn defanged(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "hxxp",
        "https" => "hxxps",
        "ftp" => "fxp",
        _ => return None,
    };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    (!host.is_empty()).then(|| format!("{scheme}://{}{path}", host.replace("[.]", ".").replace('.', "[.]")))
}

/// `ALD-42`, `X-ALD-7`.
fn is_reference(word: &str) -> bool {
    let bare = word.strip_prefix("X-").unwrap_or(word);
    bare.split_once('-').is_some_and(|(code, number)| {
        (2..=6).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=7).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Piece {
        Piece::plain(text)
    }

    #[test]
    fn paragraphs_lines_and_quotes() {
        let read = blocks("One\ntwo\n\nthree\n> said\n> again\nafter");
        let quotes: Vec<bool> = read.iter().map(|block| block.quote).collect();
        assert_eq!(quotes, [false, false, true, false]);
        assert_eq!(read[0].pieces, [plain("One"), Piece::Break, plain("two")]);
        assert_eq!(read[2].pieces, [plain("said"), Piece::Break, plain("again")]);
        assert!(blocks(" \n\n").is_empty());
    }

    #[test]
    fn references_are_links_and_addresses_are_defanged() {
        let read = blocks("As in BEL-3 (see https://vote-alder.example/find), or X-ALD-7.");
        assert_eq!(
            read[0].pieces,
            [
                plain("As in "),
                Piece::incident("BEL-3"),
                plain(" (see "),
                Piece::Code("hxxps://vote-alder[.]example/find".to_owned()),
                plain("), or "),
                Piece::incident("X-ALD-7"),
                plain("."),
            ]
        );
        assert_eq!(blocks("TCP-443x or U-5, mailto://a")[0].pieces, [plain("TCP-443x or U-5, mailto://a")]);
        assert_eq!(defanged("hxxps://a[.]b"), None);
        assert_eq!(defanged("http://a[.]b/c.d").as_deref(), Some("hxxp://a[.]b/c.d"));
    }
}
