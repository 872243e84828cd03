//! Lists a page at a time, by where the last one ended: no offset, no ceiling.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::{Limit, Limits};
use crate::error::{Error, Result};

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most so many items; 50 unless said otherwise.
    pub limit: Option<u64>,
    /// Where the last page ended, as it said.
    pub cursor: Option<String>,
    /// How many items may be asked for.
    pub most: Limit,
}

impl Default for Page {
    /// The first page, as long as usual.
    fn default() -> Self {
        Self { limit: None, cursor: None, most: Limits::standard().page_rows }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct PageOf<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to ask the next page with; none after the last.
    pub next: Option<String>,
}

impl Page {
    /// The first page of the hub's own reading, which no setting narrows.
    pub fn first(limit: u64) -> Self {
        Self { limit: Some(limit), cursor: None, most: Limit::of(0) }
    }

    /// How many items at most.
    ///
    /// # Errors
    /// If none or more than may be are asked for.
    pub fn limit(&self) -> Result<u64> {
        let most = self.most.rows();
        match self.limit {
            None => Ok(most.min(50)),
            Some(limit) if (1..=most).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::invalid("limit", format!("Ask for 1 to {most} at a time."))),
        }
    }

    /// The key of the last row of the page before.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Some).ok_or_else(|| Error::invalid("cursor", "Send back `next` of the page before, unchanged."))
    }

    /// Cuts `rows`, of which one more than the limit was asked for, to a page.
    pub(crate) fn cut<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl FnOnce(&T) -> K) -> Result<PageOf<T>> {
        let limit = usize::try_from(self.limit()?).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&key(last)).map_err(Error::broken)?)),
            _ => None,
        };
        Ok(PageOf { items: rows, next })
    }
}

impl<T> PageOf<T> {
    /// The same page of something made from each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> PageOf<U> {
        PageOf { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let page = Page { limit: Some(2), ..Page::default() };
        let first = page.cut(vec![1, 2, 3], |n| *n).unwrap();
        assert_eq!(first.items, [1, 2]);
        let next = Page { limit: Some(2), cursor: first.next, ..Page::default() };
        assert_eq!(next.after::<i32>().unwrap(), Some(2));
        assert_eq!(next.cut(vec![3], |n| *n).unwrap().next, None);
    }

    #[test]
    fn a_cursor_of_ones_own_making_is_refused() {
        let page = Page { cursor: Some("!".to_owned()), ..Page::default() };
        assert!(page.after::<i32>().unwrap_err().to_string().contains("unchanged"));
        assert!(Page { limit: Some(201), ..Page::default() }.limit().is_err());
    }
}
