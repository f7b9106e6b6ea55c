//! Limitador's counters in Redis. A counter is a number that ends with its window.
//!
//! Speaks RESP2 on one connection. Where Redis is gone, so is this process: a service that cannot count is away.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use limitador::counter::Counter;
use limitador::limit::Limit;
use limitador::storage::{AsyncCounterStorage, Authorization, StorageErr};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;

/// Adds, and lets the number end with its window where it has just begun; in one step, for all who share it.
const ADD: &str = "local n = redis.call('INCRBY', KEYS[1], ARGV[1]) \
    if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end return n";
/// Takes away, down to nothing; a number that has ended stays so.
const GIVE_BACK: &str = "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end \
    local n = redis.call('DECRBY', KEYS[1], ARGV[1]) \
    if n < 0 then redis.call('SET', KEYS[1], 0, 'KEEPTTL') end return n";
/// The number, and for how many seconds it still counts.
const LOOK: &str = "return {tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('TTL', KEYS[1])}";

/// Clones share the connection.
#[derive(Clone)]
pub(crate) struct Redis {
    connection: Arc<Mutex<BufReader<UnixStream>>>,
    /// Whether what is counted is given back: Limitador only knows how to add.
    pub(crate) gives_back: Arc<AtomicBool>,
}

impl Redis {
    pub(crate) async fn connect(socket: &Path) -> std::io::Result<Self> {
        let connection = BufReader::new(UnixStream::connect(socket).await?);
        Ok(Self { connection: Arc::new(Mutex::new(connection)), gives_back: Arc::default() })
    }

    /// The integers that a script returns.
    async fn run(&self, script: &str, key: &str, arguments: &[String]) -> Vec<i64> {
        match self.try_run(script, key, arguments).await {
            Ok(numbers) => numbers,
            Err(e) => {
                eprintln!("redis: {e}");
                std::process::exit(1)
            }
        }
    }

    async fn try_run(&self, script: &str, key: &str, arguments: &[String]) -> std::io::Result<Vec<i64>> {
        let mut words = vec!["EVAL", script, "1", key];
        words.extend(arguments.iter().map(String::as_str));
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        let mut connection = self.connection.lock().await;
        connection.write_all(command.as_bytes()).await?;
        let (mut numbers, mut left) = (Vec::new(), 1);
        while left > 0 {
            let mut line = String::new();
            connection.read_line(&mut line).await?;
            let line = line.trim_end();
            let (kind, rest) = line.split_at_checked(1).ok_or_else(|| std::io::Error::other("no answer"))?;
            let number = rest.parse::<i64>().map_err(|_| std::io::Error::other(line.to_owned()))?;
            match kind {
                ":" => numbers.push(number),
                "*" => left += usize::try_from(number).unwrap_or(0),
                _ => return Err(std::io::Error::other(line.to_owned())),
            }
            left -= 1;
        }
        Ok(numbers)
    }

    /// Fills in how a counter stands; whether so many more go beyond it.
    async fn look(&self, counter: &mut Counter, delta: u64) -> bool {
        let numbers = self.run(LOOK, &key(counter), &[]).await;
        let [used, left] = numbers.as_slice() else { return true };
        let used = u64::try_from(*used).unwrap_or(0);
        let left = u64::try_from(*left).ok().map_or(counter.window(), Duration::from_secs);
        counter.set_remaining(counter.max_value().saturating_sub(used));
        counter.set_expires_in(left);
        used.saturating_add(delta) > counter.max_value()
    }
}

fn key(counter: &Counter) -> String {
    let limit = counter.limit();
    let mut conditions: Vec<String> = limit.conditions().into_iter().collect();
    conditions.sort();
    let (of, whose) = (limit.namespace().as_ref(), counter.set_variables());
    format!("{of} {conditions:?} {whose:?} {}", limit.seconds())
}

#[async_trait]
impl AsyncCounterStorage for Redis {
    async fn is_within_limits(&self, counter: &Counter, delta: u64) -> Result<bool, StorageErr> {
        Ok(!self.look(&mut counter.clone(), delta).await)
    }

    async fn update_counter(&self, counter: &Counter, delta: u64) -> Result<(), StorageErr> {
        let arguments = [delta.to_string(), counter.window().as_secs().to_string()];
        let script = if self.gives_back.load(Ordering::Relaxed) { GIVE_BACK } else { ADD };
        self.run(script, &key(counter), &arguments).await;
        Ok(())
    }

    async fn check<'a>(&self, counters: &mut Vec<Counter>, delta: u64) -> Result<Authorization, StorageErr> {
        let mut verdict = Authorization::Ok;
        for counter in counters {
            if self.look(counter, delta).await {
                verdict = Authorization::Limited(counter.limit().name().map(str::to_owned));
            }
        }
        Ok(verdict)
    }

    async fn check_and_update<'a>(
        &self,
        counters: &mut Vec<Counter>,
        delta: u64,
    ) -> Result<Authorization, StorageErr> {
        let verdict = self.check(counters, delta).await?;
        if matches!(verdict, Authorization::Ok) {
            for counter in counters {
                self.update_counter(counter, delta).await?;
            }
        }
        Ok(verdict)
    }

    async fn get_counters(&self, _limits: &HashSet<Arc<Limit>>) -> Result<HashSet<Counter>, StorageErr> {
        Ok(HashSet::new())
    }

    async fn delete_counters(&self, _limits: &HashSet<Arc<Limit>>) -> Result<(), StorageErr> {
        Ok(())
    }

    async fn clear(&self) -> Result<(), StorageErr> {
        Ok(())
    }
}
