//! TLS to a provider: its certificate must be of an authority that this machine trusts, and of the name in the base URL.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use privet_tests::client::chat;
use privet_tests::provider::TestProvider;
use privet_tests::stack::{Setup, Stack};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{content, echo};

/// A made-up authority in a file, and TLS in front of the test provider with a certificate of its own for `name`. What
/// clients call it by is kept.
struct Terminator {
    folder: tempfile::TempDir,
    address: SocketAddr,
    names: Arc<Mutex<Vec<Option<String>>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Terminator {
    async fn start(provider: SocketAddr, name: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = params.self_signed(&key).expect("an authority");
        let issuer = Issuer::new(params, key);
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("a file");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        // With the subject of its authority it would pass for self-signed.
        params.distinguished_name.push(DnType::CommonName, "a provider");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a pair");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let names = Arc::new(Mutex::new(Vec::new()));
        let called = names.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust the certificate ends here.
                let Ok(mut inside) = acceptor.accept(stream).await else { continue };
                called.lock().expect("names").push(inside.get_ref().1.server_name().map(str::to_owned));
                let Ok(mut outside) = TcpStream::connect(provider).await else { continue };
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut inside, &mut outside).await });
            }
        });
        Self { folder, address, names, task }
    }

    /// A stack that calls it `host`, on a machine that trusts its authority or only another.
    fn stack(&self, host: &str, trusted: bool) -> Stack {
        let mut setup = Setup::one_provider(&format!("https://{host}:{}/v1", self.address.port()));
        let file = self.folder.path().join(if trusted { "ca.pem" } else { "other.pem" });
        if !trusted {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new(Vec::new()).expect("no names");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            std::fs::write(&file, params.self_signed(&key).expect("an authority").pem()).expect("a file");
        }
        setup.env.push(("SSL_CERT_FILE".to_owned(), file.display().to_string()));
        Stack::start(&setup)
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_called_by_its_name_and_believed_by_its_certificate() {
    let provider = TestProvider::start().await;
    let terminator = Terminator::start(provider.address, "localhost").await;
    let stack = terminator.stack("localhost", true);
    let answer = chat(stack.address, &echo("to ann@example.com")).await;
    assert_eq!((answer.status, content(&answer.json())), (200, "to ann@example.com"));
    assert!(provider.record.last().text().contains("EMAIL_1"));
    assert_eq!(*terminator.names.lock().expect("names"), [Some("localhost".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_anothers_certificate_or_of_an_unknown_authority_gets_nothing() {
    for (name, trusted) in [("somebody.example", true), ("localhost", false)] {
        let provider = TestProvider::start().await;
        let terminator = Terminator::start(provider.address, name).await;
        let stack = terminator.stack("localhost", trusted);
        let answer = chat(stack.address, &echo("to ann@example.com")).await;
        assert_eq!(answer.status, 502, "{name}: {}", answer.text());
        assert_eq!(answer.json()["error"]["code"], "provider_error", "{name}");
        assert!(provider.record.seen().is_empty(), "{name}");
    }
}
