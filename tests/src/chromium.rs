//! A real browser. One driver in each test process, which cannot outlive it; each [`Window`] is a browser of its own,
//! with a profile of its own, and everything that reaches its pages is written down ([`crate::cdp`]).

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::path::Path;
use std::sync::{MutexGuard, OnceLock};
use std::time::Duration;

use fantoccini::error::CmdError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::cdp::{Cdp, Seen};
use crate::scratch::new_folder;
use crate::tether::Tethered;
use crate::tools::Tool;
use crate::wait::{eventually, eventually_blocking, within};

/// No sandbox, because root cannot have one; nothing that calls home, because the tests use this machine alone.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

struct Driver {
    port: u16,
    _tether: Tethered,
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let program = Tool::Chromium.expect();
        let folder = new_folder("chromium");
        let log = folder.join("log");
        // Browsers put their profiles where temporary files go, so they are removed with the folder.
        let env: [(&str, &OsStr); 1] = [("TMPDIR", folder.as_os_str())];
        let words = [program.as_os_str(), "--port=0".as_ref(), "--log-level=WARNING".as_ref()];
        let tether = Tethered::start(&words, &env, "TERM", &folder, &log).expect("a shell starts");
        let port = eventually_blocking("chromedriver starts", || {
            let log = std::fs::read_to_string(&log).ok()?;
            log.lines().find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
        });
        Driver { port, _tether: tether }
    })
}

/// What kind of window to open.
#[derive(Debug, Clone)]
pub struct Options {
    width: u32,
    height: u32,
    touch: bool,
    scripts: bool,
    media: Vec<(&'static str, &'static str)>,
}

impl Options {
    /// A telephone: 390 × 844 points, touched.
    pub fn phone() -> Self {
        Self { width: 390, height: 844, touch: true, scripts: true, media: Vec::new() }
    }

    /// A desktop screen: 1440 × 900.
    pub fn desktop() -> Self {
        Self { width: 1440, height: 900, touch: false, scripts: true, media: Vec::new() }
    }

    /// Another size, in CSS pixels.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// A browser that runs no scripts.
    pub fn without_scripts(mut self) -> Self {
        self.scripts = false;
        self
    }

    /// Somebody who prefers dark.
    pub fn dark(self) -> Self {
        self.media("prefers-color-scheme", "dark")
    }

    /// Somebody who prefers light; also what a browser says that was told nothing.
    pub fn light(self) -> Self {
        self.media("prefers-color-scheme", "light")
    }

    /// Another media feature, such as `prefers-reduced-motion` and `reduce`.
    pub fn media(mut self, feature: &'static str, value: &'static str) -> Self {
        self.media.push((feature, value));
        self
    }

    fn capabilities(&self) -> Capabilities {
        let metrics = json!({
            "width": self.width, "height": self.height, "pixelRatio": 1.0, "mobile": self.touch, "touch": self.touch
        });
        let options = json!({
            "binary": "/usr/bin/chromium",
            "args": ARGUMENTS,
            "mobileEmulation": { "deviceMetrics": metrics },
        });
        let all = json!({"browserName": "chrome", "goog:chromeOptions": options});
        all.as_object().cloned().expect("an object")
    }

    /// Opens a window with these options.
    ///
    /// # Panics
    /// If the browser does not start.
    pub async fn open(self) -> Window {
        Window::open(self).await
    }
}

/// A browser with one window. It can do what fantoccini's `Client` can, and is closed when dropped.
#[derive(Debug)]
pub struct Window {
    client: Client,
    session: String,
    cdp: Cdp,
    scripts: bool,
}

impl Deref for Window {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Window {
    /// Opens a window.
    ///
    /// # Panics
    /// If the browser does not start.
    pub async fn open(options: Options) -> Self {
        let url = format!("http://127.0.0.1:{}", driver().port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(options.capabilities());
        let client = within("a browser starts", builder.connect(&url)).await.expect("a browser starts");
        let session = client.session_id().await.ok().flatten().expect("an open window has a session");
        let about = client.capabilities().and_then(|about| about.get("goog:chromeOptions"));
        let debugger = about.and_then(|options| options["debuggerAddress"].as_str()).expect("a browser has a debugger");
        let cdp = Cdp::watch(debugger).await;
        let window = Self { client, session, cdp, scripts: options.scripts };
        window.run_scripts(options.scripts).await;
        let media: Vec<Value> =
            options.media.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        if !media.is_empty() {
            window.cdp("Emulation.setEmulatedMedia", json!({"features": media})).await;
        }
        window
    }

    /// Goes to an address, and waits until the page is loaded whole: the driver comes back earlier when the machine is
    /// busy, and the width of a page, or whether its scripts ran, is not known before.
    ///
    /// # Errors
    /// What the driver says when there is no way there.
    pub async fn goto(&self, url: &str) -> Result<(), CmdError> {
        let here = self.client.current_url().await?;
        let same_document = url.split_once('#').is_some_and(|(page, _)| here.as_str().split('#').next() == Some(page));
        let before = self.seen().loads;
        self.client.goto(url).await?;
        if !same_document {
            eventually(&format!("{url} is loaded"), || async { (self.seen().loads > before).then_some(()) }).await;
        }
        Ok(())
    }

    /// Calls a method of the browser's own protocol, for instance `WebAuthn.addVirtualAuthenticator`.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn cdp(&self, method: &str, params: Value) -> Value {
        self.cdp.call(method, params).await
    }

    async fn run_scripts(&self, run: bool) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({"value": !run})).await;
    }

    /// What a JavaScript expression gives (promises are awaited), also under a strict policy. In a window without
    /// scripts they are allowed for this one moment, in which timers run too; those of the page were never begun.
    ///
    /// # Panics
    /// If it throws.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        if !self.scripts {
            self.run_scripts(true).await;
        }
        let answer = self.cdp("Runtime.evaluate", params).await;
        if !self.scripts {
            self.run_scripts(false).await;
        }
        value(expression, &answer)
    }

    /// Opens another tab beside this one: the same browser, the same cookies.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn tab(&self) -> Tab<'_> {
        let (target, session) = self.cdp.open_page().await;
        Tab { cdp: &self.cdp, target, session }
    }

    /// Everything that reached or left the window up to now.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.cdp.seen()
    }

    /// Writes what the window shows to a PNG file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub async fn picture(&self, file: &Path) {
        let png = self.client.screenshot().await.expect("a window can be shown");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).expect("a folder for pictures");
        }
        std::fs::write(file, png).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }
}

fn value(expression: &str, answer: &Value) -> Value {
    assert!(answer.get("exceptionDetails").is_none(), "{expression:.200}: {}", answer["exceptionDetails"]);
    answer["result"]["value"].clone()
}

/// One of several tabs of a browser, spoken to by the browser's own protocol.
#[derive(Debug)]
pub struct Tab<'a> {
    cdp: &'a Cdp,
    target: String,
    session: String,
}

impl Tab<'_> {
    /// Calls a method of the browser's own protocol for this tab.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn cdp(&self, method: &str, params: Value) -> Value {
        self.cdp.call_in(Some(&self.session), method, params).await
    }

    /// Goes to an address, and waits until its scripts were begun.
    ///
    /// # Panics
    /// If there is no way there.
    pub async fn goto(&self, url: &str) {
        let answer = self.cdp("Page.navigate", json!({"url": url})).await;
        assert!(answer.get("errorText").is_none(), "{url}: {answer}");
        let look = format!("location.href.startsWith({}) && document.readyState === 'complete'", json!(url));
        eventually(&format!("{url} is there"), || async { (self.evaluate(&look).await == true).then_some(()) }).await;
    }

    /// What a JavaScript expression gives; promises are awaited.
    ///
    /// # Panics
    /// If it throws.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        value(expression, &self.cdp("Runtime.evaluate", params).await)
    }

    /// Closes it.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn close(self) {
        self.cdp.call_in(None, "Target.closeTarget", json!({"targetId": self.target})).await;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // There may be no runtime any more, so this speaks HTTP by hand. The driver closes the rest when we end.
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", driver().port)) else { return };
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.session
        );
        let _ = socket.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = socket.write_all(request.as_bytes());
        let _ = socket.read(&mut [0; 1024]);
    }
}
