//! `status`: asks the sidecar that has the state directory how it is.

use std::io::Write;

use hyper::body::Bytes;
use serde_json::Value;

use super::CommandError;
use crate::config::Config;
use crate::http_local::request;
use crate::state::StateDir;

/// Writes the status: with `json` as `/api/status` answers, else for people.
///
/// # Errors
/// Where no sidecar answers, writing fails, or the gateway needs somebody to look at it.
pub fn print(config: &Config, json: bool, mut out: impl Write) -> Result<(), CommandError> {
    let root = config.state_dir.display();
    let none = |reason: &dyn std::fmt::Display| {
        CommandError::Failed(format!("{root}: no sidecar runs with this state directory ({reason})"))
    };
    if !config.state_dir.exists() {
        return Err(none(&"it is not there"));
    }
    let state = StateDir::open(&config.state_dir).map_err(|e| none(&e))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let socket = state.socket("status.sock");
    let answer = runtime.block_on(request(&socket, "GET", "/api/status", &[], Bytes::new()));
    let (_, body) = answer.map_err(|e| none(&e))?;
    let status: Value = serde_json::from_slice(&body).map_err(|e| none(&e))?;
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&status).map_err(std::io::Error::from)?)?;
    } else {
        write_for_people(&status, &mut out)?;
    }
    if text(&status, "/health") == "red" { Err(CommandError::Red) } else { Ok(()) }
}

fn text<'a>(status: &'a Value, pointer: &str) -> &'a str {
    status.pointer(pointer).and_then(Value::as_str).unwrap_or("none")
}

fn number(status: &Value, pointer: &str) -> u64 {
    status.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn list<'a>(status: &'a Value, pointer: &str) -> &'a [Value] {
    status.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn write_for_people(status: &Value, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "health    {}", text(status, "/health"))?;
    for problem in list(status, "/problems") {
        writeln!(out, "          {}", problem.as_str().unwrap_or_default())?;
    }
    let (revision, age) = (text(status, "/policy/revision"), number(status, "/policy/age_s"));
    let open = status.pointer("/policy/auth_required") == Some(&Value::Bool(false));
    let open = if open { "; it requires no key of callers" } else { "" };
    writeln!(out, "policy    {revision} for {age} s, from {}{open}", text(status, "/policy/source"))?;
    if text(status, "/sync/state") != "off" {
        writeln!(out, "sync      {}", text(status, "/sync/state"))?;
    }
    for envoy in list(status, "/envoys") {
        let (address, state) = (text(envoy, "/address"), text(envoy, "/state"));
        writeln!(out, "envoy     {address} {state} {}", text(envoy, "/revision"))?;
    }
    if status.pointer("/outbox/enabled") == Some(&Value::Bool(true)) {
        let count = |name: &str| number(status, &format!("/outbox/{name}"));
        writeln!(
            out,
            "outbox    {} of {} wait, {} delivered, {} dropped, {} refused for good",
            count("depth"),
            count("capacity"),
            count("delivered"),
            count("dropped"),
            count("dead"),
        )?;
    }
    let outcome = |name: &str| number(status, &format!("/traces/outcomes/{name}"));
    let (success, error, blocked) = (outcome("success"), outcome("error"), outcome("blocked"));
    writeln!(out, "requests  {success} answered, {error} failed, {blocked} refused")?;
    if let Some(last) = list(status, "/errors").first() {
        writeln!(out, "last error  {}: {}", text(last, "/part"), text(last, "/message"))?;
    }
    Ok(())
}
