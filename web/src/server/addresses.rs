//! How many connections one address holds on which nobody has signed in: whoever opens thousands and says nothing fills
//! no more than a part of the house.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hub::config::{Limit, Network};

/// The connections of strangers, by address.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    most: Limit,
    not_counted: Vec<Network>,
    open: Open,
}

type Open = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// A connection's place among those of its address, until somebody signs in on it or it ends.
#[derive(Debug, Clone)]
pub struct Unknown(Arc<Mutex<Option<Place>>>);

#[derive(Debug)]
struct Place {
    address: IpAddr,
    open: Open,
}

impl Addresses {
    pub(super) fn new(most: Limit, proxies: &[Network]) -> Self {
        Self { most, not_counted: proxies.to_vec(), open: Open::default() }
    }

    /// A place for a connection; none where its address has as many as it may.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Unknown> {
        let address = address.to_canonical();
        let proxy = address.is_loopback() || self.not_counted.iter().any(|network| network.contains(address));
        if proxy || self.most.most().is_none() {
            return Some(Unknown(Arc::default()));
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if !self.most.allows(*count + 1) {
            return None;
        }
        *count += 1;
        let place = Place { address, open: self.open.clone() };
        Some(Unknown(Arc::new(Mutex::new(Some(place)))))
    }
}

impl Unknown {
    /// Somebody has signed in on it: it is counted as theirs from now on.
    pub(crate) fn is_known(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_of_one_address_are_counted_and_others_are_not() {
        let proxy: Network = "10.0.0.0/8".parse().unwrap();
        let addresses = Addresses::new(Limit::of(2), &[proxy]);
        let admit = |address: &str| addresses.admit(address.parse().unwrap());
        let (first, second) = (admit("192.0.2.1").unwrap(), admit("::ffff:192.0.2.1").unwrap());
        assert!(admit("192.0.2.1").is_none(), "the third is one too many, however it is written");
        assert!(admit("192.0.2.2").is_some(), "another address has its own number");
        assert!((0..9).all(|_| admit("10.0.0.1").is_some() && admit("127.0.0.1").is_some()), "proxies are many people");
        first.is_known();
        let third = admit("192.0.2.1").expect("who has signed in is not counted");
        drop((first, second, third));
        assert!(addresses.open.lock().unwrap().is_empty(), "nothing is kept of who has gone");
        let any = Addresses::new(Limit::of(0), &[]);
        let kept: Vec<_> = (0..9).map(|_| any.admit("192.0.2.1".parse().unwrap())).collect();
        assert!(kept.iter().all(Option::is_some));
    }
}
