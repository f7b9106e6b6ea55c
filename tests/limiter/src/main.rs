//! A rate limit service for the tests: Envoy's protocol outside (`envoy.service.ratelimit.v3`), Limitador's limits
//! inside, the counters in a real Redis. Prints where it listens.
//!
//! `privet-test-limiter REDIS [LIMITS]`: the socket of Redis, and a JSON file of limits as Limitador knows them.
//! A descriptor that brings a number of its own (`limit`, an override) makes a limit of it, counted by `caller`.
//!
//! A request is refused where one of its descriptors has nothing left, and counts then for none. What is settled at a
//! stream's end may go beyond a limit: it was used. What is given back is given back in any case.

mod redis;
mod wire;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use limitador::AsyncRateLimiter;
use limitador::counter::Counter;
use limitador::limit::{Context, Expression, Limit, Namespace, Predicate};
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use wire::{Code, Descriptor, DescriptorStatus, RateLimit, Request, Response, Unit};

const PATH: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";
type Error = Box<dyn std::error::Error + Send + Sync>;

struct Service {
    limiter: AsyncRateLimiter,
    /// Whether what is counted is given back.
    gives_back: Arc<AtomicBool>,
    /// A request with several descriptors is looked at and counted as one.
    one_at_a_time: Mutex<()>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let socket = arguments.next().ok_or("the socket of Redis")?;
    let redis = redis::Redis::connect(Path::new(&socket)).await?;
    let gives_back = redis.gives_back.clone();
    let limiter = AsyncRateLimiter::new_with_storage(Box::new(redis));
    if let Some(file) = arguments.next() {
        let limits: Vec<Limit> = serde_json::from_slice(&std::fs::read(file)?)?;
        limits.into_iter().for_each(|limit| {
            limiter.add_limit(limit);
        });
    }
    let service = Arc::new(Service { limiter, gives_back, one_at_a_time: Mutex::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move { drop(connection(stream, service).await) });
    }
}

/// gRPC over HTTP/2, unary: a message behind five bytes each way, and the status in the trailers.
async fn connection(stream: TcpStream, service: Arc<Service>) -> Result<(), Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (request, respond) = request?;
        tokio::spawn(answer(request, respond, service.clone()));
    }
    Ok(())
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    service: Arc<Service>,
) -> Result<(), Error> {
    let known = request.uri().path() == PATH;
    let mut body = request.into_body();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    let request = bytes.get(5..).map(Request::decode).filter(|_| known);
    let (status, message) = match request {
        Some(Ok(request)) => ("0", service.decide(request).await?.encode_to_vec()),
        // INVALID_ARGUMENT, UNIMPLEMENTED.
        Some(Err(_)) => ("3", Vec::new()),
        None => ("12", Vec::new()),
    };
    let head = http::Response::builder().header("content-type", "application/grpc").body(())?;
    let mut stream = respond.send_response(head, false)?;
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len())?);
    framed.put_slice(&message);
    stream.send_data(framed.freeze(), false)?;
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", http::HeaderValue::from_static(status));
    stream.send_trailers(trailers)?;
    Ok(())
}

impl Service {
    async fn decide(&self, request: Request) -> Result<Response, Error> {
        let namespace = Namespace::from(request.domain.clone());
        let _alone = self.one_at_a_time.lock().await;
        let mut statuses = Vec::new();
        for descriptor in &request.descriptors {
            if descriptor.is_negative_hits {
                statuses.push(status(false, None, 0));
                continue;
            }
            self.learn(&request.domain, descriptor)?;
            let looked = self.limiter.is_rate_limited(&namespace, &context(descriptor), 1).await;
            let looked = looked.map_err(|e| e.to_string())?;
            let hits = hits(&request, descriptor);
            let nearest = looked.counters.iter().min_by_key(|counter| counter.remaining());
            statuses.push(status(looked.limited, nearest, if looked.limited { 0 } else { hits }));
        }
        let over = statuses.iter().any(|status| status.code == i32::from(Code::OverLimit));
        for descriptor in request.descriptors.iter().filter(|d| !over || d.is_negative_hits) {
            let hits = hits(&request, descriptor);
            self.gives_back.store(descriptor.is_negative_hits, Ordering::Relaxed);
            let counted = self.limiter.update_counters(&namespace, &context(descriptor), hits).await;
            counted.map_err(|e| e.to_string())?;
        }
        let overall_code = i32::from(if over { Code::OverLimit } else { Code::Ok });
        Ok(Response { overall_code, statuses })
    }

    /// Makes a limit of the number that a descriptor brings.
    fn learn(&self, domain: &str, descriptor: &Descriptor) -> Result<(), Error> {
        let Some(number) = &descriptor.limit else { return Ok(()) };
        let seconds = match Unit::try_from(number.unit)? {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3_600,
            Unit::Day => 86_400,
            Unit::Unknown => return Err("a limit without a unit".into()),
        };
        let mut conditions = Vec::new();
        for name in ["limit", "most"] {
            let entry = descriptor.entries.iter().find(|e| e.key == name).ok_or("an entry is missing")?;
            let condition = format!("descriptors[0].{name} == '{}'", entry.value);
            conditions.push(Predicate::parse(condition).map_err(|e| e.to_string())?);
        }
        let caller = Expression::parse("descriptors[0].caller").map_err(|e| e.to_string())?;
        let most = u64::from(number.requests_per_unit);
        self.limiter.add_limit(Limit::new(domain, most, seconds, conditions, [caller]));
        Ok(())
    }
}

/// A descriptor as Limitador's own server shows it to conditions and variables.
fn context(descriptor: &Descriptor) -> Context<'static> {
    let entries: HashMap<String, String> =
        descriptor.entries.iter().map(|e| (e.key.clone(), e.value.clone())).collect();
    let mut context = Context::default();
    context.list_binding("descriptors".to_owned(), vec![entries]);
    context
}

fn hits(request: &Request, descriptor: &Descriptor) -> u64 {
    match &descriptor.hits_addend {
        Some(hits) => hits.value,
        None => u64::from(request.hits_addend.max(1)),
    }
}

fn status(limited: bool, nearest: Option<&Counter>, hits: u64) -> DescriptorStatus {
    let code = i32::from(if limited { Code::OverLimit } else { Code::Ok });
    let Some(counter) = nearest else { return DescriptorStatus { code, ..DescriptorStatus::default() } };
    let unit = match counter.window().as_secs() {
        1 => Unit::Second,
        60 => Unit::Minute,
        3_600 => Unit::Hour,
        86_400 => Unit::Day,
        _ => Unit::Unknown,
    };
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let seconds = counter.expires_in().map_or(0, |left| left.as_secs());
    DescriptorStatus {
        code,
        current_limit: Some(RateLimit { requests_per_unit: number(counter.max_value()), unit: unit.into() }),
        limit_remaining: number(counter.remaining().unwrap_or(0).saturating_sub(hits)),
        duration_until_reset: Some(wire::Duration { seconds: i64::try_from(seconds).unwrap_or(0), nanos: 0 }),
    }
}
