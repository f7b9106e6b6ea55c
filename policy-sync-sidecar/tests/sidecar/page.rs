//! The status page in a real browser, beside a real sidecar that was given traces. With `PRIVET_PICTURES`,
//! a folder, it leaves pictures of the page there.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use hyper::body::Bytes;
use privet_core::trace::{Status as Outcome, Trace};
use privet_sidecar::aggregates::Durations;
use privet_sidecar::http_local::request;
use serde_json::{Value, json};

use super::browser::Browser;
use super::plane::{Mood, Plane};
use super::process::{Place, Sidecar, gateway};

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

/// The texts of all elements that have an id, and the cells of all tables.
const SHOWN: &str = "
    const shown = { texts: {}, tables: {} };
    for (const e of document.querySelectorAll('[id]')) {
        if (e.tagName !== 'TABLE') { shown.texts[e.id] = e.textContent; continue; }
        const cells = (row) => Array.from(row.cells, (c) => c.textContent);
        shown.tables[e.id] = Array.from(e.tBodies[0]?.rows ?? [], cells);
    }
    return shown;";

/// Traces of all kinds; one provider's name is as long as a name may be.
fn traces() -> Vec<Trace> {
    let types = ["EMAIL", "PHONE", "PERSON", "IBAN", "CREDIT_CARD", "LOCATION", "SECRET", "DATE_OF_BIRTH"];
    let trace = |n: usize| {
        let mut trace = Trace {
            id: format!("t-{n}"),
            model_provider: ["openai", "mistral", &"x".repeat(128)][n % 3].to_owned(),
            duration_ms: 40 + 130 * n as u64,
            ttft_ms: 20 + n as u64,
            masking_us: 100,
            injection_score: Some(n as f32 / 60.0),
            input_tokens: Some(1_000),
            output_tokens: Some(17),
            ..Trace::default()
        };
        trace.pii_detected.insert(types[n % types.len()].to_owned(), 100 + n as u32);
        trace.pii_detected.insert(types[(n / 2) % types.len()].to_owned(), 7);
        match n % 10 {
            3 => (trace.status, trace.error_code) = (Outcome::Error, "upstream_error".to_owned()),
            4 | 8 => {
                (trace.status, trace.error_code) = (Outcome::Blocked, "policy_violation".to_owned());
                trace.model_provider.clear();
                trace.policies_fired = vec![["no-cards", "no-secrets"][n % 3 % 2].to_owned()];
            }
            5 => (trace.fallback_used, trace.fallback_reason) = (true, "timeout".to_owned()),
            _ => {}
        }
        trace
    };
    (0..40).map(trace).collect()
}

async fn post(sidecar: &Sidecar, traces: &[Trace]) {
    let body = Bytes::from(json!({ "traces": traces }).to_string());
    let socket = sidecar.sockets.join("intake.sock");
    let answer = request(&socket, "POST", "/privet/v1/traces", &[], body).await.unwrap();
    assert_eq!(answer.0.as_u16(), 204);
}

async fn picture(browser: &Browser, name: &str, width: u32, scheme: &str) {
    look(browser, width, scheme).await;
    let Some(folder) = std::env::var_os("PRIVET_PICTURES") else { return };
    let whole = json!({ "captureBeyondViewport": true });
    let data = browser.tools("Page.captureScreenshot", whole).await["data"].as_str().unwrap().to_owned();
    let data = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
    std::fs::write(Path::new(&folder).join(format!("{name}.png")), data).unwrap();
}

/// Makes the window so wide, of a phone below 600 pixels, and the system light or dark.
async fn look(browser: &Browser, width: u32, scheme: &str) {
    let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600 });
    browser.tools("Emulation.setDeviceMetricsOverride", size).await;
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    browser.tools("Emulation.setEmulatedMedia", features).await;
    // Charts follow the new width when it has been laid out.
    let fits = "const wide = (c) => c.clientWidth - c.firstElementChild.clientWidth;
        return Array.from(document.querySelectorAll('.chart'), wide).every((w) => w === 0)";
    browser.until(fits, |fits| fits == true).await;
}

/// As the page writes a count.
fn count(value: &Value) -> String {
    let digits = value.as_u64().unwrap_or_else(|| panic!("{value}")).to_string();
    let mut written = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

fn milliseconds(ms: f64) -> String {
    let round = |n: f64| ((n * 10.0).round() / 10.0).to_string();
    match ms {
        _ if ms < 1_000.0 => format!("{} ms", round(ms)),
        _ if ms < 60_000.0 => format!("{} s", round(ms / 1_000.0)),
        _ => format!("{} min", round(ms / 60_000.0)),
    }
}

fn within(duration: &Value) -> String {
    let bars: Vec<u64> = serde_json::from_value(duration["bars"].clone()).unwrap();
    let durations =
        Durations { count: duration["count"].as_u64().unwrap(), sum_ms: 0, bars: bars.try_into().unwrap() };
    durations.quantile(0.95).map_or("> 5 min".to_owned(), |ms| format!("≤ {}", milliseconds(ms as f64)))
}

fn sorted(counts: &Value) -> Vec<Vec<String>> {
    let counts: BTreeMap<String, u64> = serde_json::from_value(counts.clone()).unwrap();
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(name, n)| vec![name, count(&json!(n))]).collect()
}

/// The row of a provider, from what the API says.
fn provider(name: &str, p: &Value) -> Vec<String> {
    let number = |pointer: &str| p.pointer(pointer).unwrap().as_u64().unwrap();
    let (success, error) = (number("/outcomes/success"), number("/outcomes/error"));
    let share = (success * 1_000 / (success + error)) as f64 / 10.0;
    let mean = number("/duration/sum_ms") as f64 / number("/duration/count") as f64;
    vec![
        name.to_owned(),
        format!("{share} %"),
        count(&p["outcomes"]["success"]),
        count(&p["outcomes"]["error"]),
        count(&p["fallbacks"]),
        milliseconds(mean),
        within(&p["duration"]),
        within(&p["first_byte"]),
        count(&p["input_tokens"]),
        count(&p["output_tokens"]),
    ]
}

/// Compares all that does not change from one moment to the next.
fn assert_shows(shown: &Value, status: &Value) {
    let text = |id: &str| shown["texts"][id].as_str().unwrap_or_else(|| panic!("no {id}")).to_owned();
    let table =
        |id: &str| -> Vec<Vec<String>> { serde_json::from_value(shown["tables"][id].clone()).unwrap() };
    let at = |pointer: &str| status.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    for (id, pointer) in
        [("health", "/health"), ("version", "/version"), ("policy-revision", "/policy/revision")]
    {
        assert_eq!(text(id), at(pointer).as_str().unwrap());
    }
    for (id, pointer) in [
        ("requests-success", "/traces/outcomes/success"),
        ("requests-error", "/traces/outcomes/error"),
        ("requests-blocked", "/traces/outcomes/blocked"),
        ("outbox-depth", "/outbox/depth"),
        ("outbox-delivered", "/outbox/delivered"),
        ("outbox-dropped", "/outbox/dropped"),
        ("outbox-dead", "/outbox/dead"),
    ] {
        assert_eq!(text(id), count(at(pointer)), "{id}");
    }
    assert!(at("/policy/sha256").as_str().unwrap().starts_with(&text("policy-sha256")));
    assert_eq!(text("outbox-capacity"), format!("of {} wait", count(at("/outbox/capacity"))));
    let traces = at("/traces");
    let sum = |counts: &Value| counts.as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(text("requests"), count(&json!(sum(&traces["outcomes"]))));
    assert_eq!(text("masked"), count(&json!(sum(&traces["entities"]))));
    for (id, key) in [
        ("masked-by-type", "entities"),
        ("blocks-by-policy", "blocks_by_policy"),
        ("blocks-by-code", "blocks_by_code"),
        ("fallback-reasons", "fallback_reasons"),
    ] {
        assert_eq!(table(id), sorted(&traces[key]), "{id}");
    }
    let providers = traces["providers"].as_object().unwrap();
    let rows: Vec<_> = providers.iter().map(|(name, p)| provider(name, p)).collect();
    assert_eq!(table("providers"), rows);
    let scores: Vec<_> = traces["injection"].as_array().unwrap().iter().map(count).collect();
    let column = |id: &str| table(id).into_iter().map(|row| row[1].clone()).collect::<Vec<_>>();
    assert_eq!(column("injection-table"), scores);
    let errors: Vec<_> = at("/errors").as_array().unwrap().iter().map(|e| e["message"].clone()).collect();
    assert_eq!(json!(column("errors")), json!(errors));
    let minutes: Vec<_> = traces["minutes"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|m| count(&m["outcomes"]["success"]))
        .collect();
    assert_eq!(column("traffic-table"), minutes);
    // By type, the largest first, as the columns stand.
    let minute = |m: &Value| {
        let of = |row: &Vec<String>| count(m["entities"].get(&row[0]).unwrap_or(&json!(0)));
        sorted(&traces["entities"]).iter().map(of).collect::<Vec<_>>()
    };
    let minutes: Vec<_> = traces["minutes"].as_array().unwrap().iter().rev().map(minute).collect();
    let rows: Vec<_> = table("entities-table").into_iter().map(|row| row[1..].to_vec()).collect();
    assert_eq!(rows, minutes);
    for (row, envoy) in table("envoys").iter().zip(at("/envoys").as_array().unwrap()) {
        assert_eq!(json!(row[0]), envoy["address"]);
        assert_eq!(json!(row[2]), envoy["revision"]);
        assert_eq!(row[5], count(&envoy["pushes"]));
    }
}

/// Seconds that a span as the page writes it stands for.
fn seconds(span: &str) -> u64 {
    let units = BTreeMap::from([("s", 1), ("min", 60), ("h", 3_600), ("d", 86_400)]);
    let parts: Vec<&str> = span.split(' ').collect();
    parts.chunks(2).map(|part| part[0].parse::<u64>().unwrap() * units[part[1]]).sum()
}

#[tokio::test]
async fn the_page_shows_what_the_api_says_and_follows_it_without_a_reload() {
    let plane = Plane::start().await;
    plane.mood(Mood::Failing(503));
    let place = Place::new(&gateway(
        &plane,
        "server: { host: 127.0.0.1, port: 0, workers: 1 }\ntelemetry: { batch_size: 5, flush_interval_ms: 100 }",
    ));
    let mut sidecar = place.up().await;
    post(&sidecar, &traces()).await;
    sidecar.until(|s| s["outbox"]["failures"] != 0 && s["envoys"][0]["state"] == "in_force").await;
    let browser = Browser::start().await;
    browser.open(&format!("http://{}/", sidecar.admin)).await;
    let requests = "return document.getElementById('requests').textContent";
    browser.until(requests, |shown| shown == "40").await;
    let (shown, status) = (browser.run(SHOWN).await, sidecar.status().await);
    assert_eq!(status["health"], "degraded", "{status:#}");
    assert_shows(&shown, &status);
    let texts = &shown["texts"];
    assert_eq!(
        (&texts["sync-state"], &shown["tables"]["envoys"][0][1]),
        (&json!("in sync"), &json!("in force"))
    );
    assert!(texts["problems"].as_str().unwrap().contains("traces cannot be delivered"), "{texts}");
    let (age, now) =
        (seconds(texts["policy-age"].as_str().unwrap()), status["policy"]["age_s"].as_u64().unwrap());
    assert!(age <= now && now <= age + 30, "{age} {now}");

    // Live: more traces, and the control plane takes them again.
    browser.run("window.same = true").await;
    plane.mood(Mood::Good);
    let more = Trace { id: "more".to_owned(), model_provider: "openai".to_owned(), ..Trace::default() };
    post(&sidecar, &[more]).await;
    sidecar.until(|s| s["outbox"]["delivered"] == 41).await;
    let delivered = "return document.getElementById('outbox-delivered').textContent";
    browser.until(delivered, |shown| shown == "41").await;
    assert_shows(&browser.run(SHOWN).await, &sidecar.status().await);
    assert_eq!(browser.run("return window.same").await, true, "it was loaded anew");
    assert_eq!(browser.console().await, Vec::<String>::new());

    // All that was loaded came from the sidecar, and the browser itself makes no markup from text.
    let elsewhere = "const all = performance.getEntriesByType('resource').map((r) => r.name);
        return [all.length > 5, all.filter((name) => !name.startsWith(`${location.origin}/`))]";
    assert_eq!(browser.run(elsewhere).await, json!([true, []]));
    let markup = "try { document.body.innerHTML = '<b>'; return 'made' } catch (e) { return e.name }";
    assert_eq!(browser.run(markup).await, "TypeError");

    // The sidecar ends: the page says so, and keeps what it has.
    sidecar.signal("-TERM");
    sidecar.ended().await;
    browser.until("return document.getElementById('health').textContent", |h| h == "no answer").await;
    assert_eq!(browser.run(requests).await, "41");
}

/// Every element that can have the focus, and that is not hidden in a closed part.
const REACHABLE: &str = "
    const all = Array.from(document.querySelectorAll('a, button, summary, input, [tabindex=\"0\"]'));
    return all.filter((e) => e.checkVisibility()).map((e) => e.getAttribute('aria-label') ?? e.textContent);";

/// The least contrast of any text with what is behind it (WCAG 2.2, 1.4.3), and whose it is.
const CONTRAST: &str = "
    const parts = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = (c) => parts(c).slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if ((parts(c)[3] ?? 1) === 1) return c;
        }
    };
    let least = [99, ''];
    for (const e of document.querySelectorAll('body *')) {
        const own = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
        if (!own || !e.checkVisibility()) continue;
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < least[0]) least = [ratio, e.outerHTML.slice(0, 100)];
    }
    return [...least, light(behind(document.body))];";

#[tokio::test]
async fn the_page_can_be_used_by_keyboard_on_a_phone_and_in_the_dark() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, ""));
    let sidecar = place.start(&[], &[]);
    post(&sidecar, &traces()).await;
    let browser = Browser::start().await;
    browser.open(&format!("http://{}/", sidecar.admin)).await;
    browser.until("return document.getElementById('requests').textContent", |n| n == "40").await;

    // By keyboard: each `details` is opened with Enter on the way, what is in it comes next.
    let focused = "const e = document.activeElement;
        const seen = e.matches(':focus-visible') && getComputedStyle(e).outlineStyle !== 'none';
        return [e.getAttribute('aria-label') ?? e.textContent, e.tagName, seen]";
    let mut reached = Vec::new();
    for _ in 0..40 {
        browser.press(TAB).await;
        let now = browser.run(focused).await;
        if now[1] == "BODY" || reached.first() == Some(&now[0]) {
            break;
        }
        assert_eq!(now[2], true, "{now} has the focus, and one cannot see it");
        if now[1] == "SUMMARY" {
            browser.press(ENTER).await;
        }
        reached.push(now[0].clone());
    }
    assert_eq!(json!(reached), browser.run(REACHABLE).await);
    assert_eq!(browser.run("return document.querySelectorAll('details[open]').length").await, 3);

    // Each chart has a name and a table that says the same.
    let charts = browser
        .run("return Array.from(document.querySelectorAll('.chart'), (c) => [c.id, c.getAttribute('aria-label'), \
            c.querySelectorAll('canvas').length, document.getElementById(`${c.id}-table`).rows.length > 1])")
        .await;
    let masked: u32 = traces().iter().flat_map(|t| t.pii_detected.values()).sum();
    assert_eq!(
        charts,
        json!([
            ["traffic", "40 requests in the last hour", 1, true],
            ["entities", format!("{} values masked in the last hour", count(&json!(masked))), 1, true],
            ["injection", "40 requests by their score, 0 harmless to 1 an attack", 1, true],
        ])
    );

    // Light and dark, wide and narrow: all can be read, nothing stands over the edge.
    let mut drawn = Vec::new();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
        picture(&browser, &format!("{scheme}-{width}"), width, scheme).await;
        let contrast = browser.run(CONTRAST).await;
        assert!(contrast[0].as_f64().unwrap() >= 4.5, "{scheme}: {contrast}");
        assert_eq!(contrast[2].as_f64().unwrap() < 0.5, scheme == "dark", "{contrast}");
        // The window less the bar by which it is scrolled up and down.
        let over =
            browser.run("const d = document.documentElement; return d.scrollWidth - d.clientWidth").await;
        assert_eq!(over, json!(0), "it is to be scrolled sideways at {width}");
        drawn.push(browser.run("return document.querySelector('#injection canvas').toDataURL()").await);
    }
    assert!(drawn[0] != drawn[1] && drawn[2] != drawn[3], "the charts' colours stay");
    assert_eq!(browser.console().await, Vec::<String>::new());
}
