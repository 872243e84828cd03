//! Waiting for a condition, always with an upper bound. The only sleeps of the tests are in this file: they are the
//! pause between two looks, never a guess of how long something takes.

use std::future::Future;
use std::time::Duration;

/// How long a test waits for what should happen at once, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long a condition is waited for. With a fault turned on it is expected not to come true, and others wait for that.
pub fn patience() -> Duration {
    if std::env::var_os("HUB_SABOTAGE").is_some() { PATIENCE / 3 } else { PATIENCE }
}

const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until `look` gives something, and gives that.
///
/// # Panics
/// After [`PATIENCE`], naming `what` was awaited.
#[expect(clippy::disallowed_methods, reason = "the pause between two looks at a condition")]
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    within(what, looking).await
}

/// [`eventually`] for code that has no runtime: starting a server before the first test.
///
/// # Panics
/// After [`PATIENCE`], naming `what` was awaited.
#[expect(clippy::disallowed_methods, reason = "the pause between two looks at a condition")]
pub fn eventually_blocking<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("waited {PATIENCE:?} in vain: {what}");
}

/// What `future` gives.
///
/// # Panics
/// If it takes longer than [`PATIENCE`], naming `what` was awaited.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(patience(), future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {:?} in vain: {what}", patience()),
    }
}
