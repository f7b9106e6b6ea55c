//! TLS to a control plane with a private authority, and with a certificate of the gateway's own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use privet_sidecar::config::{ControlPlane, PlaneTls};
use privet_sidecar::control_plane::{ClientError, PlaneClient};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::support::policy;

/// An authority that nobody else knows, and what it has signed, in files.
struct Files {
    folder: TempDir,
    authority: CertificateDer<'static>,
    server: (CertificateDer<'static>, PrivateKeyDer<'static>),
}

fn files() -> Files {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    write("ca.pem", &authority.pem());
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        (certificate, key)
    };
    let (certificate, key) = signed("gateway.example");
    write("gateway.pem", &certificate.pem());
    write("gateway.key", &key.serialize_pem());
    let (certificate, key) = signed("127.0.0.1");
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Files { authority: authority.der().clone(), server: (certificate.der().clone(), key), folder }
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Serves a policy over TLS, to those with a certificate only if `asks` says so.
    async fn serve(&self, asks: bool) -> SocketAddr {
        let builder = rustls::ServerConfig::builder();
        let builder = if asks {
            let mut roots = RootCertStore::empty();
            roots.add(self.authority.clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = (&self.server.0, self.server.1.clone_key());
        let config = builder.with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0u8; 4096];
                let _ = stream.read(&mut request).await;
                let body = policy("secret");
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        address
    }
}

fn client(address: SocketAddr, tls: PlaneTls) -> Result<PlaneClient, ClientError> {
    PlaneClient::new(&ControlPlane {
        base_url: format!("https://{address}"),
        api_key: "made-up".to_owned(),
        interval: Duration::from_secs(30),
        etag: true,
        tls,
    })
}

async fn fetch(address: SocketAddr, tls: PlaneTls) -> Result<Vec<u8>, String> {
    match client(address, tls).unwrap().policy(None).await {
        Ok(fetched) => Ok(fetched.unwrap().json),
        Err(failure) => Err(failure.reason),
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_if_its_file_is_named_only() {
    let files = files();
    let address = files.serve(false).await;
    let named = PlaneTls { ca_file: Some(files.path("ca.pem")), client: None };
    assert_eq!(fetch(address, named).await, Ok(policy("secret").into_bytes()));
    let reason = fetch(address, PlaneTls::default()).await.unwrap_err();
    assert!(reason.contains("certificate"), "{reason}");
}

#[tokio::test]
async fn a_control_plane_that_asks_for_a_certificate_gets_ours() {
    let files = files();
    let address = files.serve(true).await;
    let ca_file = Some(files.path("ca.pem"));
    let ours = Some((files.path("gateway.pem"), files.path("gateway.key")));
    let with = PlaneTls { ca_file: ca_file.clone(), client: ours };
    assert_eq!(fetch(address, with).await, Ok(policy("secret").into_bytes()));
    assert!(fetch(address, PlaneTls { ca_file, client: None }).await.is_err());
}

#[test]
fn a_file_that_is_missing_or_no_certificate_is_named() {
    let files = files();
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    std::fs::write(files.path("empty.pem"), "nothing").unwrap();
    let ours = |certificate: &str| Some((files.path(certificate), files.path("gateway.key")));
    let cases = [
        (PlaneTls { ca_file: Some(files.path("missing.pem")), client: None }, "missing.pem"),
        (PlaneTls { ca_file: Some(files.path("empty.pem")), client: None }, "empty.pem"),
        (PlaneTls { ca_file: None, client: ours("missing.pem") }, "missing.pem"),
        (PlaneTls { ca_file: None, client: ours("empty.pem") }, "empty.pem"),
    ];
    for (tls, name) in cases {
        let error = client(address, tls).unwrap_err().to_string();
        assert!(error.contains(Path::new(name).to_str().unwrap()), "{error}");
    }
}
