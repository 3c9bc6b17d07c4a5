//! One page of the browser: what a person does with it, and what it may not do.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::chromium::Browser;

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) width: u32,
    pub(super) height: u32,
    /// With a touch screen, and a viewport that follows the page.
    pub(super) mobile: bool,
    pub(super) dark: bool,
    pub(super) script: bool,
}

pub(super) const DESKTOP: View = View { width: 1280, height: 900, mobile: false, dark: false, script: true };
pub(super) const PHONE: View = View { width: 390, height: 844, mobile: true, ..DESKTOP };

/// A page with a file open.
pub(super) struct Page<'a> {
    browser: &'a mut Browser,
    target: String,
    session: String,
    url: String,
    /// Whether the page's own script runs.
    script: bool,
}

impl<'a> Page<'a> {
    /// Opens a file and waits until it is loaded.
    pub(super) fn open(browser: &'a mut Browser, file: &Path, view: View) -> Self {
        Page::of_url(browser, format!("file://{}", file.display()), view)
    }

    /// Opens what lies at an address.
    pub(super) fn of_url(browser: &'a mut Browser, url: String, view: View) -> Self {
        let created = browser.call(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let target = created["targetId"].as_str().expect("a target").to_owned();
        let attach = json!({ "targetId": target, "flatten": true });
        let attached = browser.call(None, "Target.attachToTarget", attach);
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        browser.events.clear();
        let mut page = Page { browser, target, session, url: url.clone(), script: view.script };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let View { width, height, mobile, dark, script } = view;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        page.call("Emulation.setDeviceMetricsOverride", metrics);
        page.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": mobile }));
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        // Without transitions, so that a colour is read when it has arrived.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        page.call("Emulation.setEmulatedMedia", json!({ "media": "screen", "features": [scheme, still] }));
        page.call("Emulation.setScriptExecutionDisabled", json!({ "value": !script }));
        page.call("Page.navigate", json!({ "url": url }));
        page.browser.wait_for("Page.loadEventFired");
        page
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, params)
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(super) fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}\n{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    #[track_caller]
    pub(super) fn text(&mut self, expression: &str) -> String {
        let value = self.evaluate(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    #[track_caller]
    pub(super) fn number(&mut self, expression: &str) -> f64 {
        let value = self.evaluate(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    #[track_caller]
    pub(super) fn holds(&mut self, expression: &str) -> bool {
        let value = self.evaluate(expression);
        value.as_bool().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Waits until an expression holds, for a few seconds.
    #[track_caller]
    pub(super) fn expect(&mut self, expression: &str) {
        for _ in 0..50 {
            if self.holds(expression) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("never true: {expression}");
    }

    /// The point of the first visible element that a selector finds, at these shares of its width and height. It is
    /// scrolled into the upper half of the window, where nothing that sticks to an edge covers it.
    #[track_caller]
    fn place(&mut self, selector: &str, across: f64, down: f64) -> (f64, f64) {
        let found =
            format!("[...document.querySelectorAll({})].find((e) => e.checkVisibility())", json!(selector));
        self.evaluate(&format!(
            "(() => {{
                const found = {found};
                if (!found) return;
                found.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }});
                const middle = found.getBoundingClientRect();
                const down = middle.top + middle.height / 2 - Math.max(innerHeight / 4, middle.height / 2);
                scrollBy({{ top: down, behavior: 'instant' }});
            }})()"
        ));
        if self.script {
            // Until the page has been told that it was scrolled: it may hide what hung beside the pointer.
            let frame =
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";
            self.evaluate(frame);
        }
        let place = self.evaluate(&format!(
            "(() => {{
                const found = {found};
                if (!found) return null;
                const box = found.getBoundingClientRect();
                return [box.left + {across} * box.width, box.top + {down} * box.height];
            }})()"
        ));
        let of = |i: usize| place[i].as_f64().unwrap_or_else(|| panic!("nothing to see at {selector}"));
        (of(0), of(1))
    }

    #[track_caller]
    fn mouse(&mut self, kind: &str, (x, y): (f64, f64), more: Value) {
        let mut params = json!({ "type": kind, "x": x, "y": y });
        params.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.call("Input.dispatchMouseEvent", params);
    }

    /// Moves the pointer onto an element, to these shares of its width and height.
    #[track_caller]
    pub(super) fn hover(&mut self, selector: &str, across: f64, down: f64) {
        let place = self.place(selector, across, down);
        self.mouse("mouseMoved", place, json!({}));
    }

    /// Moves the pointer away from everything.
    #[track_caller]
    pub(super) fn leave(&mut self) {
        self.mouse("mouseMoved", (1.0, 1.0), json!({}));
    }

    #[track_caller]
    pub(super) fn click(&mut self, selector: &str) {
        let place = self.place(selector, 0.5, 0.5);
        self.mouse("mouseMoved", place, json!({}));
        let left = json!({ "button": "left", "clickCount": 1 });
        self.mouse("mousePressed", place, left.clone());
        self.mouse("mouseReleased", place, left);
    }

    /// Draws with the mouse button down along these shares of an element's width and height.
    #[track_caller]
    pub(super) fn stroke(&mut self, selector: &str, points: &[(f64, f64)]) {
        let left = json!({ "button": "left", "buttons": 1, "clickCount": 1 });
        let mut last = (0.0, 0.0);
        for (number, (across, down)) in points.iter().enumerate() {
            last = self.place(selector, *across, *down);
            let kind = if number == 0 { "mousePressed" } else { "mouseMoved" };
            self.mouse(kind, last, left.clone());
        }
        self.mouse("mouseReleased", last, json!({ "button": "left", "clickCount": 1 }));
    }

    /// Draws with a finger along these shares of an element's width and height.
    #[track_caller]
    pub(super) fn touch(&mut self, selector: &str, points: &[(f64, f64)]) {
        for (number, (across, down)) in points.iter().enumerate() {
            let (x, y) = self.place(selector, *across, *down);
            let kind = if number == 0 { "touchStart" } else { "touchMove" };
            self.call(
                "Input.dispatchTouchEvent",
                json!({ "type": kind, "touchPoints": [{ "x": x, "y": y }] }),
            );
        }
        self.call("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }));
    }

    /// Presses `Tab`, `Enter`, `Escape` or an arrow key.
    #[track_caller]
    pub(super) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            "ArrowLeft" => (37, None),
            "ArrowUp" => (38, None),
            "ArrowRight" => (39, None),
            "ArrowDown" => (40, None),
            _ => panic!("no key {key}"),
        };
        let mut down =
            json!({ "type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code });
        if let Some(text) = text {
            (down["type"], down["text"]) = ("keyDown".into(), text.into());
        }
        self.call("Input.dispatchKeyEvent", down);
        let up = json!({ "type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", up);
    }

    /// Shows the page as it is printed.
    pub(super) fn print(&mut self) {
        self.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    }

    /// Leaves a picture of the page in `target`, whole or what the window shows.
    pub(super) fn screenshot(&mut self, name: &str, whole: bool) {
        let mut params = json!({ "format": "png", "captureBeyondViewport": whole });
        if whole {
            let size = self.call("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
            // Longer ones than the renderer draws are cut.
            let height = size["height"].as_f64().unwrap_or(0.0).min(16_000.0);
            params["clip"] = json!({ "x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1 });
        }
        let answer = self.call("Page.captureScreenshot", params);
        let bytes = from_base64(answer["data"].as_str().unwrap_or_default());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
        std::fs::create_dir_all(&folder).expect("target can be written");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("target can be written");
    }

    /// What a report must not do: ask the network for anything, or write an error or a warning to the console.
    pub(super) fn offences(&mut self) -> Vec<String> {
        // What the page began shows up in a moment; its answer comes after everything before it.
        std::thread::sleep(std::time::Duration::from_millis(100));
        self.evaluate("1");
        let url = self.url.clone();
        let of_page = |event: &&Value| event["sessionId"] == self.session.as_str();
        let offence = |event: &Value| {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" => Some(format!("exception: {}", params["exceptionDetails"])),
                "Runtime.consoleAPICalled" => Some(format!("console: {}", params["args"])),
                "Log.entryAdded" => {
                    let entry = &params["entry"];
                    Some(format!("log: {} {}", entry["level"], entry["text"]))
                }
                "Network.requestWillBeSent" => {
                    let asked = params["request"]["url"].as_str().unwrap_or_default();
                    let own = asked == url || asked.starts_with("data:");
                    (!own).then(|| format!("request: {asked}"))
                }
                "Network.webSocketCreated" => Some(format!("request: {}", params["url"])),
                _ => None,
            }
        };
        self.browser.events.iter().filter(of_page).filter_map(offence).collect()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // Not while a test fails: the browser may be what failed.
        if !std::thread::panicking() {
            let target = json!({ "targetId": self.target });
            self.browser.call(None, "Target.closeTarget", target);
        }
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let value = |letter: u8| -> u32 {
        match letter {
            b'A'..=b'Z' => u32::from(letter - b'A'),
            b'a'..=b'z' => u32::from(letter - b'a') + 26,
            b'0'..=b'9' => u32::from(letter - b'0') + 52,
            b'+' => 62,
            _ => 63,
        }
    };
    let mut bytes = Vec::new();
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().enumerate().fold(0, |bits, (i, c)| bits | value(*c) << (18 - 6 * i));
        bytes.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}

#[test]
fn base64_is_read() {
    for (text, expected) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
    {
        assert_eq!(from_base64(text), expected.as_bytes());
    }
}
