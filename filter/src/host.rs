//! The host, wrapped: the one file that calls it.
//!
//! The SDK's own wrappers panic on a status they do not list and on a header byte that is not UTF-8, and
//! a panic ends every stream of the worker. So the calls are declared here once more, read bytes, and
//! return `Result`. Only the callout goes through the SDK, because its dispatcher must know the token.
#![allow(unsafe_code, reason = "host calls of the proxy-wasm ABI 0.2.1 pass raw pointers")]

use core::fmt;
use core::time::Duration;

use privet_core::formats::Format;
use privet_core::refusal::Refusal;

/// A body, by the ABI's buffer number.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(crate) enum Body {
    Request = 0,
    Response = 1,
}

/// Headers or trailers, by the ABI's map number.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(crate) enum Map {
    RequestHeaders = 0,
    RequestTrailers = 1,
    ResponseHeaders = 2,
    CallResponseHeaders = 6,
}

const PLUGIN_CONFIGURATION: u32 = 7;
const LOG_LEVEL_ERROR: u32 = 4;

/// A host call that did not succeed, with the ABI's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostError(u32);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host answered with status {}", self.0)
    }
}

pub(crate) type Result<T> = core::result::Result<T, HostError>;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, data: *const u8, size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_buffer_bytes(buffer: u32, start: usize, size: usize, data: *const u8, len: usize) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        key: *const u8,
        key_len: usize,
        value: *const u8,
        len: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, key: *const u8, key_len: usize) -> u32;
    fn proxy_get_shared_data(
        key: *const u8,
        len: usize,
        data: *mut *mut u8,
        size: *mut usize,
        cas: *mut u32,
    ) -> u32;
    fn proxy_set_shared_data(key: *const u8, len: usize, value: *const u8, size: usize, cas: u32) -> u32;
    fn proxy_get_property(path: *const u8, len: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, len: usize, value: *const u8, size: usize) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_len: usize,
        body: *const u8,
        body_len: usize,
        headers: *const u8,
        headers_len: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_len: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, by: i64) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
    fn proxy_get_metric(id: u32, value: *mut u64) -> u32;
}

fn done(status: u32) -> Result<()> {
    if status == 0 { Ok(()) } else { Err(HostError(status)) }
}

/// Takes over bytes that the host has placed in this module's memory.
///
/// # Safety
/// `data` comes from `proxy_on_memory_allocate` (exported by the SDK as a boxed slice of exactly `size`
/// bytes), or is null.
unsafe fn take(data: *mut u8, size: usize) -> Vec<u8> {
    if data.is_null() || size == 0 {
        return Vec::new();
    }
    // SAFETY: see above; the allocation has this pointer, length and capacity, and nobody else frees it.
    unsafe { Vec::from_raw_parts(data, size, size) }
}

/// Calls `call` with places for a pointer and a size, and takes over what it returns.
fn returned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>> {
    let (mut data, mut size) = (core::ptr::null_mut(), 0);
    done(call(&raw mut data, &raw mut size))?;
    // SAFETY: the host allocates through this module's own `malloc`.
    Ok(unsafe { take(data, size) })
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    let mut time = 0;
    // SAFETY: the host writes one u64.
    let _ = unsafe { proxy_get_current_time_nanoseconds(&raw mut time) };
    time
}

/// Asks for `on_tick` every so many milliseconds.
pub(crate) fn set_tick_period(milliseconds: u32) -> Result<()> {
    // SAFETY: no pointers.
    done(unsafe { proxy_set_tick_period_milliseconds(milliseconds) })
}

/// Writes to Envoy's log. Never called with content, and not on the way of a request.
pub(crate) fn log_error(message: &str) {
    // SAFETY: pointer and length of one string.
    let _ = unsafe { proxy_log(LOG_LEVEL_ERROR, message.as_ptr(), message.len()) };
}

/// Panics print their place and nothing else: a panic's message can quote the text it stumbled over.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        log_error(&format!("privet: panic at {place}"));
    }));
}

/// The plugin's configuration.
pub(crate) fn plugin_configuration() -> Result<Vec<u8>> {
    // SAFETY: places for a pointer and a size.
    returned(|data, size| unsafe { proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, usize::MAX, data, size) })
}

/// The first `size` bytes of a body.
pub(crate) fn body(body: Body, size: usize) -> Result<Vec<u8>> {
    body_from(body, 0, size)
}

/// `size` bytes of a body, or as many as there are, from the offset `start` on.
pub(crate) fn body_from(body: Body, start: usize, size: usize) -> Result<Vec<u8>> {
    if size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: places for a pointer and a size.
    returned(|data, len| unsafe { proxy_get_buffer_bytes(body as u32, start, size, data, len) })
}

/// Replaces the first `size` bytes of a body.
pub(crate) fn replace_body(body: Body, size: usize, with: &[u8]) -> Result<()> {
    // SAFETY: pointer and length of one slice.
    done(unsafe { proxy_set_buffer_bytes(body as u32, 0, size, with.as_ptr(), with.len()) })
}

/// All headers of a map, as the host serialises them.
pub(crate) struct Headers(Vec<u8>);

impl Headers {
    /// Reads a map in one call.
    pub(crate) fn read(map: Map) -> Result<Self> {
        // SAFETY: places for a pointer and a size.
        returned(|data, size| unsafe { proxy_get_header_map_pairs(map as u32, data, size) }).map(Self)
    }

    /// Names (lower case) and values, in order. Layout: a count, the lengths of each pair, then name and
    /// value of each, ended by NUL.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let bytes = self.0.as_slice();
        let number = |at: usize| {
            let word = bytes.get(at..at + 4).and_then(|w| <[u8; 4]>::try_from(w).ok());
            word.map_or(0, |w| u32::from_le_bytes(w) as usize)
        };
        let count = number(0);
        let mut at = 4 + count * 8;
        (0..count).map_while(move |n| {
            let (name_len, value_len) = (number(4 + n * 8), number(8 + n * 8));
            let name = bytes.get(at..at + name_len)?;
            let value = bytes.get(at + name_len + 1..at + name_len + 1 + value_len)?;
            at += name_len + value_len + 2;
            Some((name, value))
        })
    }
}

/// Sets a header, replacing all of its name.
pub(crate) fn set_header(map: Map, name: &[u8], value: &[u8]) -> Result<()> {
    // SAFETY: pointers and lengths of two slices.
    done(unsafe {
        proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// Removes all headers of a name.
pub(crate) fn remove_header(map: Map, name: &[u8]) -> Result<()> {
    // SAFETY: pointer and length of one slice.
    done(unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// The value that the workers share under this name, if there is one.
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let mut cas = 0;
    // SAFETY: pointer and length of the name, places for pointer, size and cas.
    returned(|data, size| unsafe {
        proxy_get_shared_data(name.as_ptr(), name.len(), data, size, &raw mut cas)
    })
    .ok()
}

/// Shares a value with all workers.
pub(crate) fn set_shared(name: &str, value: &[u8]) -> Result<()> {
    // SAFETY: pointers and lengths of two slices.
    done(unsafe { proxy_set_shared_data(name.as_ptr(), name.len(), value.as_ptr(), value.len(), 0) })
}

/// A shared value together with the number of its state.
#[derive(Debug)]
pub(crate) struct Versioned {
    /// Empty where there is none.
    pub value: Vec<u8>,
    version: u32,
}

/// The version that is handed in for a value that is not there: the host gives out numbers from 1 on, and one that
/// does not fit is refused as soon as somebody else has made the value. 0 would overwrite whatever is there.
const ABSENT: u32 = u32::MAX;
/// The host's status where the version does not fit.
const CAS_MISMATCH: u32 = 8;

/// The value that the workers share under this name, to be replaced with [`replace_shared`].
pub(crate) fn versioned(name: &str) -> Versioned {
    let mut version = 0;
    // SAFETY: pointer and length of the name, places for pointer, size and version.
    let value = returned(|data, size| unsafe {
        proxy_get_shared_data(name.as_ptr(), name.len(), data, size, &raw mut version)
    });
    match value {
        Ok(value) => Versioned { value, version },
        Err(_) => Versioned { value: Vec::new(), version: ABSENT },
    }
}

/// Shares `with` in place of the value that was read, unless somebody has been faster; whether it was shared.
pub(crate) fn replace_shared(name: &str, read: &Versioned, with: &[u8]) -> Result<bool> {
    // SAFETY: pointers and lengths of two slices.
    let status =
        unsafe { proxy_set_shared_data(name.as_ptr(), name.len(), with.as_ptr(), with.len(), read.version) };
    if status == CAS_MISMATCH { Ok(false) } else { done(status).map(|()| true) }
}

/// A property of the request, by the names of its path with NUL between them; none where the host does not know it.
fn property(path: &[u8]) -> Option<Vec<u8>> {
    // SAFETY: pointer and length of the path, places for a pointer and a size.
    returned(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) }).ok()
}

/// The address of the connection's other end, `ip:port`; empty where the host does not know it.
pub(crate) fn source_address() -> Vec<u8> {
    property(b"source\0address").unwrap_or_default()
}

/// Whether an answer, whose headers are at hand, is Envoy's own and no provider's.
pub(crate) fn is_local_reply() -> bool {
    let details = code_details();
    !details.is_empty() && details != b"via_upstream"
}

/// Where the number of a request stands that the roles share: in the request's filter state, as `wasm.` and this. Filters
/// upstream see the same state, and nothing of it is ever sent.
const NUMBER: &[u8] = b"privet_exchange";

/// Gives the request a number.
pub(crate) fn set_number(number: u64) -> Result<()> {
    set_property(NUMBER, &number.to_le_bytes())
}

/// The number that the request was given.
pub(crate) fn number() -> Option<u64> {
    property(NUMBER).and_then(|value| value.try_into().ok()).map(u64::from_le_bytes)
}

/// Why Envoy answers as it does (`response.code_details`), in the callbacks of an answer; empty where it does not say.
pub(crate) fn code_details() -> Vec<u8> {
    property(b"response\0code_details").unwrap_or_default()
}

/// Says something to Envoy's other filters: it stands in the stream's filter state as `wasm.` and `name`.
pub(crate) fn set_property(name: &[u8], value: &[u8]) -> Result<()> {
    // SAFETY: pointers and lengths of two slices.
    done(unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) })
}

/// Answers the request from here, with a body of JSON; nothing goes on.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Result<()> {
    let mut map = Vec::with_capacity(128);
    map.extend_from_slice(&u32::try_from(headers.len()).unwrap_or(0).to_le_bytes());
    for (name, value) in headers {
        for len in [name.len(), value.len()] {
            map.extend_from_slice(&u32::try_from(len).unwrap_or(0).to_le_bytes());
        }
    }
    for text in headers.iter().flat_map(|(name, value)| [name, value]) {
        map.extend_from_slice(text.as_bytes());
        map.push(0);
    }
    // SAFETY: pointers and lengths of slices that outlive the call.
    done(unsafe {
        proxy_send_local_response(
            u32::from(status),
            core::ptr::null(),
            0,
            body.as_ptr(),
            body.len(),
            map.as_ptr(),
            map.len(),
            -1,
        )
    })
}

/// Answers with a refusal, in the error shape of `format`. Where even that fails, the stream stays paused,
/// and Envoy's time-out ends it.
pub(crate) fn refuse(refusal: &Refusal, format: Format) {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some((seconds, standing)) = &refusal.limit {
        headers.push(("retry-after", seconds.to_string()));
        headers.extend(crate::limits::standing_headers(standing));
    }
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = answer(refusal.status(), &headers, &refusal.body(format));
}

/// Puts a refusal in the place of an answer of `size` bytes whose headers are still held.
pub(crate) fn replace_answer(size: usize, refusal: &Refusal, format: Format) -> Result<()> {
    let body = refusal.body(format);
    replace_body(Body::Response, size, &body)?;
    set_header(Map::ResponseHeaders, b"content-type", b"application/json")?;
    set_header(Map::ResponseHeaders, b"content-length", body.len().to_string().as_bytes())?;
    if let Some((seconds, standing)) = &refusal.limit {
        set_header(Map::ResponseHeaders, b"retry-after", seconds.to_string().as_bytes())?;
        for (name, value) in crate::limits::standing_headers(standing) {
            set_header(Map::ResponseHeaders, name.as_bytes(), value.as_bytes())?;
        }
    }
    Ok(())
}

/// Sends a request of our own to a cluster; the answer comes to the root context.
pub(crate) fn call(
    cluster: &str,
    path: &str,
    body: &[u8],
    timeout: Duration,
) -> core::result::Result<u32, ()> {
    let headers = vec![
        (":method", "POST"),
        (":path", path),
        (":authority", "sidecar"),
        ("content-type", "application/json"),
    ];
    proxy_wasm::hostcalls::dispatch_http_call(cluster, headers, Some(body), Vec::new(), timeout).map_err(drop)
}

/// The number in a `:status` header; 0 where there is none.
pub(crate) fn status_of(header: &[u8]) -> u16 {
    core::str::from_utf8(header).ok().and_then(|h| h.parse().ok()).unwrap_or(0)
}

/// The status of the answer to a call, in the callback that tells of it; 0 where there was none.
pub(crate) fn call_status() -> u16 {
    let Ok(headers) = Headers::read(Map::CallResponseHeaders) else { return 0 };
    let status = headers.iter().find(|(name, _)| *name == b":status");
    status.map_or(0, |(_, value)| status_of(value))
}

/// Numbers of the ABI's kinds of metrics.
const COUNTER: u32 = 0;
const GAUGE: u32 = 1;

fn define_metric(kind: u32, name: &str) -> Result<u32> {
    let mut id = 0;
    // SAFETY: pointer and length of the name, a place for the id.
    done(unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &raw mut id) })?;
    Ok(id)
}

/// A gauge in Envoy's statistics: one number that all workers see. Reading it allocates nothing, which
/// reading shared data does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauge(u32);

impl Gauge {
    /// Defines the gauge `wasmcustom.{name}`.
    pub(crate) fn define(name: &str) -> Result<Self> {
        define_metric(GAUGE, name).map(Self)
    }

    /// Sets it.
    pub(crate) fn set(self, value: u64) -> Result<()> {
        // SAFETY: no pointers.
        done(unsafe { proxy_record_metric(self.0, value) })
    }

    /// Its value; 0 before it was set.
    pub(crate) fn get(self) -> u64 {
        let mut value = 0;
        // SAFETY: the host writes one u64.
        let _ = unsafe { proxy_get_metric(self.0, &raw mut value) };
        value
    }
}

/// A counter in Envoy's statistics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter(u32);

impl Counter {
    /// Defines the counter `wasmcustom.{name}`.
    pub(crate) fn define(name: &str) -> Result<Self> {
        define_metric(COUNTER, name).map(Self)
    }

    /// Adds to it.
    pub(crate) fn add(self, by: u64) {
        // SAFETY: no pointers.
        let _ = unsafe { proxy_increment_metric(self.0, i64::try_from(by).unwrap_or(i64::MAX)) };
    }
}
