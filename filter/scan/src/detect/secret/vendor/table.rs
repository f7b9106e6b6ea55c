//! The forms of vendors' tokens, a row each. Lengths are those behind the prefix. Where no page is named the
//! form is the one that the vendor's reference and its partner list of secret scanning show; a length that is
//! not promised anywhere is a range around what is issued.

use super::Alphabet as A;
use super::Part::{Literal, Run, Tail};
use super::{Check, Row, parts, token, typed};
use crate::entity::EntityType::{AwsAccessKeyId, GenericApiKey, GithubToken, OpenaiApiKey, PrivateKey};

/// All rows. Which of several that match stands is decided by length, not by order.
pub(super) static ROWS: &[Row] = &[
    // Language models. OpenAI: "API keys", projects and service accounts; DeepSeek and others use `sk-` too.
    typed("sk-", A::URL, 20, 512, OpenaiApiKey).checked(Check::Words),
    typed("sk-proj-", A::URL, 20, 512, OpenaiApiKey),
    typed("sk-svcacct-", A::URL, 20, 512, OpenaiApiKey),
    typed("sk-admin-", A::URL, 20, 512, OpenaiApiKey),
    // Anthropic: 93 characters and `AA`.
    parts("sk-ant-api03-", &[Run(A::URL, 95, 95), Tail("AA")]),
    parts("sk-ant-admin01-", &[Run(A::URL, 95, 95), Tail("AA")]),
    token("sk-ant-oat01-", A::URL, 80, 120),
    token("sk-ant-ort01-", A::URL, 80, 120),
    token("sk-ant-sid01-", A::URL, 80, 140),
    token("sk-or-v1-", A::HEX, 64, 64), // OpenRouter
    token("sk-lf-", A::UUID, 36, 36),   // Langfuse
    token("pk-lf-", A::UUID, 36, 36),
    token("gsk_", A::ALNUM, 48, 60),  // Groq
    token("xai-", A::ALNUM, 70, 90),  // xAI
    token("pplx-", A::ALNUM, 48, 56), // Perplexity
    token("r8_", A::URL, 37, 40),     // Replicate
    token("hf_", A::LETTERS, 34, 37), // Hugging Face: users and organisations
    token("api_org_", A::LETTERS, 34, 34),
    token("nvapi-", A::URL, 60, 80), // NVIDIA
    token("tvly-", A::URL, 32, 45),  // Tavily
    token("llx-", A::URL, 48, 52),   // LlamaCloud
    token("fw_", A::ALNUM, 22, 40),  // Fireworks
    token("csk-", A::LOWER, 40, 52), // Cerebras
    token("pcsk_", A::WORD, 60, 80), // Pinecone
    parts("lsv2_pt_", &[Run(A::HEX, 32, 32), Literal("_"), Run(A::HEX, 10, 10)]), // LangSmith
    parts("lsv2_sk_", &[Run(A::HEX, 32, 32), Literal("_"), Run(A::HEX, 10, 10)]),
    token("jina_", A::URL, 40, 64),
    token("tgp_v1_", A::URL, 40, 48), // Together
    token("e2b_", A::HEX, 40, 40),
    token("fc-", A::HEX, 32, 32),         // Firecrawl
    token("sgp_local_", A::XHEX, 40, 40), // Sourcegraph
    parts("sgp_", &[Run(A::HEX, 16, 16), Literal("_"), Run(A::XHEX, 40, 40)]),
    parts("sgp_", &[Run(A::XHEX, 16, 16), Literal("_"), Run(A::XHEX, 40, 40)]),
    token("sgp_", A::XHEX, 40, 40),
    token("slk_", A::HEX, 64, 64),
    // GitHub: "Behind GitHub's new authentication token formats" (2021); fine-grained tokens have 82.
    typed("ghp_", A::ALNUM, 36, 255, GithubToken).checked(Check::Sum),
    typed("gho_", A::ALNUM, 36, 255, GithubToken).checked(Check::Sum),
    typed("ghu_", A::ALNUM, 36, 255, GithubToken).checked(Check::Sum),
    typed("ghs_", A::ALNUM, 36, 255, GithubToken).checked(Check::Sum),
    typed("ghr_", A::ALNUM, 36, 255, GithubToken).checked(Check::Sum),
    typed("github_pat_", A::WORD, 82, 255, GithubToken),
    // GitLab: "Token overview", token prefixes. Newer ones carry `.` and a checksum.
    parts("glpat-", &[Run(A::URL, 27, 300), Literal("."), Run(A::LOWER, 9, 9)]),
    parts(
        "glpat-",
        &[Run(A::URL, 20, 300), Literal("."), Run(A::ALNUM, 2, 2), Literal("."), Run(A::ALNUM, 9, 9)],
    ),
    token("glpat-", A::URL, 20, 22),
    token("gldt-", A::URL, 20, 64),
    parts("glrt-", &[Run(A::URL, 20, 300), Literal("."), Run(A::LOWER, 9, 9)]),
    parts(
        "glrt-",
        &[Run(A::URL, 20, 300), Literal("."), Run(A::ALNUM, 2, 2), Literal("."), Run(A::ALNUM, 9, 9)],
    ),
    token("glrt-", A::URL, 20, 64),
    token("glrtr-", A::URL, 20, 64),
    token("glcbt-", A::URL, 20, 128),
    token("glptt-", A::URL, 40, 40),
    token("glagent-", A::URL, 50, 1024),
    token("gloas-", A::URL, 64, 64),
    token("glft-", A::URL, 20, 64),
    token("glsoat-", A::URL, 20, 64),
    token("glffct-", A::URL, 20, 64),
    token("glimt-", A::URL, 25, 64),
    token("glwt-", A::URL, 20, 64),
    token("GR1348941", A::URL, 20, 64).checked(Check::Varied),
    token("_gitlab_session=", A::LOWER, 32, 32),
    // Other forges, builds and deployment.
    token("ATBB", A::ALNUM, 24, 40),      // Bitbucket: app passwords
    token("BBDC-", A::BASE64, 40, 60),    // Bitbucket Data Center
    token("ATATT3x", A::ANY64, 180, 220), // Atlassian: API tokens, then access tokens
    token("ATCTT3x", A::ANY64, 180, 220),
    token("ATSTT3x", A::ANY64, 180, 220),
    token("dckr_pat_", A::URL, 27, 27), // Docker: personal, organisation, swarm
    token("dckr_oat_", A::URL, 32, 32),
    parts("SWMTKN-1-", &[Run(A::LOWER, 49, 50), Literal("-"), Run(A::LOWER, 25, 25)]),
    token("dop_v1_", A::HEX, 64, 64), // DigitalOcean
    token("doo_v1_", A::HEX, 64, 64),
    token("dor_v1_", A::HEX, 64, 64),
    token("HRKU-", A::UUID, 36, 36), // Heroku, both generations
    token("HRKU-AA", A::URL, 58, 58),
    token("fo1_", A::URL, 43, 43), // Fly.io
    token("fm1r_", A::ANY64, 100, 1024),
    token("fm1a_", A::ANY64, 100, 1024),
    token("fm2_", A::ANY64, 100, 1024),
    token("nfp_", A::ALNUM, 36, 40), // Netlify
    token("vercel_blob_rw_", A::WORD, 40, 60),
    token("vcp_", A::ALNUM, 56, 60),
    token("rnd_", A::ALNUM, 28, 36),        // Render
    token("tk-us-", A::URL, 48, 48),        // Scalingo
    token("pul-", A::HEX, 40, 40),          // Pulumi
    token("dnkey-", A::URL_PADDED, 78, 84), // Defined Networking
    token("dp.pt.", A::ALNUM, 40, 44),      // Doppler, by kind of token
    token("dp.ct.", A::ALNUM, 40, 44),
    token("dp.sa.", A::ALNUM, 40, 44),
    token("dp.scim.", A::ALNUM, 40, 44),
    token("dp.audit.", A::ALNUM, 40, 44),
    parts("dp.st.", &[Run(A::URL, 2, 35), Literal("."), Run(A::ALNUM, 40, 44)]),
    token("dp.st.", A::ALNUM, 40, 44),
    token("hvs.", A::URL, 24, 300), // HashiCorp Vault: service, batch, recovery
    token("hvb.", A::URL, 100, 400),
    token("hvr.", A::URL, 24, 300),
    parts("hvs.atlasv1-", &[Run(A::URL, 24, 300)]),
    token("pnu_", A::LOWER, 36, 36), // Prefect
    token("pnb_", A::LOWER, 36, 36),
    token("API-", A::UPPER, 26, 26),      // Octopus Deploy
    token("ico-", A::ALNUM, 32, 32),      // Infracost
    token("tfp_", A::URL_PADDED, 59, 59), // Typeform
    token("sha256~", A::URL, 43, 43),     // OpenShift
    token("glsa_", A::WORD, 41, 41),      // Grafana: "Service account tokens": 32, `_`, 8 of checksum
    token("glc_", A::BASE64, 32, 400),
    token("eyJrIjoi", A::BASE64, 40, 400),
    token("ZXlK", A::BASE64, 60, 4000),         // a JWT in base64 once more
    token("ops_eyJ", A::URL_PADDED, 180, 1500), // 1Password: service accounts and secret keys
    parts(
        "A3-",
        &[
            Run(A::UPPER, 6, 6),
            Literal("-"),
            Run(A::UPPER, 11, 11),
            Literal("-"),
            Run(A::UPPER, 5, 5),
            Literal("-"),
            Run(A::UPPER, 5, 5),
            Literal("-"),
            Run(A::UPPER, 5, 5),
        ],
    ),
    parts(
        "A3-",
        &[
            Run(A::UPPER, 6, 6),
            Literal("-"),
            Run(A::UPPER, 6, 6),
            Literal("-"),
            Run(A::UPPER, 5, 5),
            Literal("-"),
            Run(A::UPPER, 5, 5),
            Literal("-"),
            Run(A::UPPER, 5, 5),
            Literal("-"),
            Run(A::UPPER, 5, 5),
        ],
    ),
    typed("AGE-SECRET-KEY-1", A::UPPER, 58, 58, PrivateKey).checked(Check::Form), // age: bech32 of 32 bytes
    token("sntrys_eyJ", A::ANY64, 80, 600), // Sentry: organisation, user, integration
    token("sntryu_", A::HEX, 64, 64),
    token("sntryi_", A::HEX, 64, 64),
    token("sntrya_", A::HEX, 64, 64),
    token("NRAK-", A::ALNUM, 27, 27), // New Relic, by kind of key
    token("NRAA-", A::HEX, 27, 27),
    token("NRJS-", A::HEX, 19, 19),
    token("NRII-", A::URL, 32, 32),
    token("NRIQ-", A::URL, 32, 32),
    token("NRRA-", A::HEX, 42, 42),
    token("NRSP-", A::ALNUM, 27, 40),
    parts("dt0c01.", &[Run(A::ALNUM, 24, 24), Literal("."), Run(A::ALNUM, 64, 64)]), // Dynatrace
    parts("dt0s01.", &[Run(A::ALNUM, 24, 24), Literal("."), Run(A::ALNUM, 64, 64)]),
    parts("dt0s16.", &[Run(A::UPPER, 8, 8), Literal("."), Run(A::ALNUM, 64, 64)]),
    token("phc_", A::ALNUM, 40, 48), // PostHog
    token("phx_", A::ALNUM, 40, 64),
    token("phs_", A::ALNUM, 40, 64),
    token("phr_", A::ALNUM, 40, 64),
    token("pha_", A::ALNUM, 40, 64),
    token("squ_", A::HEX, 40, 40), // SonarQube: user, project, global
    token("sqp_", A::HEX, 40, 40),
    token("sqa_", A::HEX, 40, 40),
    token("CCIPAT_", A::WORD, 60, 70), // CircleCI
    token("CCIPRJ_", A::WORD, 60, 70),
    token("bkua_", A::HEX, 40, 40), // Buildkite
    parts(
        "pat.",
        &[Run(A::URL, 22, 22), Literal("."), Run(A::ALNUM, 24, 24), Literal("."), Run(A::ALNUM, 20, 20)],
    ), // Harness: personal and service accounts
    parts(
        "sat.",
        &[Run(A::URL, 22, 22), Literal("."), Run(A::ALNUM, 24, 24), Literal("."), Run(A::ALNUM, 20, 20)],
    ),
    // Package registries.
    token("npm_", A::ALNUM, 36, 36).checked(Check::Sum),
    token("pypi-AgEI", A::URL, 50, 1000), // PyPI: macaroons
    token("rubygems_", A::HEX, 48, 48),
    token("CLOJARS_", A::ALNUM, 60, 60),
    token("oy2", A::LOWER, 43, 43),                        // NuGet
    token("cio", A::ALNUM, 32, 32).checked(Check::Random), // crates.io
    token("AKC", A::ALNUM, 10, 90).checked(Check::Form), // Artifactory: API key, encrypted password, reference
    token("AP1", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP2", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP3", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP4", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP5", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP6", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP7", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP8", A::ALNUM, 10, 60).checked(Check::Form),
    token("AP9", A::ALNUM, 10, 60).checked(Check::Form),
    token("cmVmdG", A::ALNUM, 58, 60),
    token("cmVmd", A::ALNUM, 59, 59),
    // AWS: "IAM identifiers", unique identifier prefixes; Bedrock: "API keys".
    typed("AKIA", A::BASE32, 16, 16, AwsAccessKeyId).checked(Check::Form),
    typed("AKIA", A::UPPER, 16, 16, AwsAccessKeyId),
    typed("ASIA", A::UPPER, 16, 16, AwsAccessKeyId),
    typed("ABIA", A::UPPER, 16, 16, AwsAccessKeyId).checked(Check::Form),
    typed("ACCA", A::UPPER, 16, 16, AwsAccessKeyId),
    typed("A3T", A::UPPER, 17, 17, AwsAccessKeyId).checked(Check::Form),
    token("ABSKQmVkcm9ja0FQSUtleS", A::BASE64, 90, 140),
    token("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t", A::BASE64, 0, 2000).checked(Check::Form),
    token("da2-", A::LOWER, 26, 26), // AppSync
    token("amzn.mws.", A::UUID, 36, 36),
    token("amzn1.oa2-cs.v1.", A::HEX, 64, 64),
    // Google: "API keys", "OAuth client secrets", access and refresh tokens.
    typed("AIza", A::URL, 35, 35, GenericApiKey),
    token("GOCSPX-", A::URL, 28, 28),
    token("ya29.", A::DOTTED, 30, 1024),
    token("1//0", A::URL, 40, 120),
    // Microsoft, Alibaba, Tencent, Yandex, Cloudflare, IBM and other clouds.
    token("LTAI", A::ALNUM, 12, 26).checked(Check::Random),
    token("AKID", A::ALNUM, 32, 32),
    token("YCAJE", A::URL, 20, 20),
    token("YCN", A::URL, 37, 37).checked(Check::Random),
    token("YCM", A::URL, 37, 37).checked(Check::Random),
    token("AQVN", A::URL, 35, 38).checked(Check::Random),
    parts("t1.", &[Run(A::URL_PADDED, 7, 40), Literal("."), Run(A::URL_PADDED, 86, 88)]),
    token("y0_", A::URL, 50, 64), // Yandex OAuth
    parts("v1.0-", &[Run(A::HEX, 24, 24), Literal("-"), Run(A::HEX, 146, 146)]), // Cloudflare: origin CA
    token("LKAI", A::ALNUM, 20, 20).checked(Check::Random),
    token("SCW", A::UPPER, 17, 17).checked(Check::Random), // Scaleway
    token("EXO", A::XHEX, 24, 24),                         // Exoscale
    token("pscale_pw_", A::URL_PADDED, 32, 64),            // PlanetScale
    token("pscale_tkn_", A::URL_PADDED, 32, 64),
    token("pscale_oauth_", A::URL_PADDED, 32, 64),
    token("dapi", A::HEX, 32, 32), // Databricks
    parts("dapi", &[Run(A::HEX, 32, 32), Literal("-"), Run(A::DIGITS, 1, 1)]),
    token("sbp_", A::HEX, 40, 40), // Supabase
    token("sbp_v0_", A::HEX, 40, 40),
    token("sbp_oauth_", A::HEX, 40, 40),
    token("sb_secret_", A::URL, 31, 45),
    token("sb_publishable_", A::URL, 31, 45),
    token("napi_", A::LOWER, 60, 70), // Neon
    token("cosmo_", A::HEX, 32, 32),  // WunderGraph
    token("4b1d", A::ALNUM, 38, 38),  // ClickHouse Cloud
    token("SUA", A::BASE32, 55, 55),  // NATS: seeds of users, accounts, operators
    token("SAA", A::BASE32, 55, 55),
    token("SOA", A::BASE32, 55, 55),
    // Payment and commerce. Stripe: "API keys", restricted keys, webhook secrets.
    token("sk_live_", A::ALNUM, 16, 247),
    token("sk_test_", A::ALNUM, 16, 247),
    token("sk_prod_", A::ALNUM, 10, 99),
    token("rk_live_", A::ALNUM, 16, 247),
    token("rk_test_", A::ALNUM, 16, 247),
    token("rk_prod_", A::ALNUM, 10, 99),
    token("whsec_", A::BASE64, 24, 64),
    token("EAAA", A::URL, 50, 60), // Square: access token, secret
    token("sq0atp-", A::URL, 22, 24),
    token("sq0csp-", A::URL, 43, 43),
    token("sq0idp-", A::URL, 22, 24),
    token("shpat_", A::XHEX, 32, 32), // Shopify: kinds of access token, shared secret
    token("shpca_", A::XHEX, 32, 32),
    token("shppa_", A::XHEX, 32, 32),
    token("shpss_", A::XHEX, 32, 32),
    token("shprt_", A::XHEX, 32, 32),
    token("shptka_", A::XHEX, 32, 32),
    token("shippo_live_", A::HEX, 40, 40),
    token("shippo_test_", A::HEX, 40, 40),
    parts("access-production-", &[Run(A::UUID, 36, 36)]), // Plaid
    parts("access-sandbox-", &[Run(A::UUID, 36, 36)]),
    parts("access-development-", &[Run(A::UUID, 36, 36)]),
    token("FLWSECK-", A::ALNUM, 32, 32), // Flutterwave
    parts("FLWSECK_TEST-", &[Run(A::ALNUM, 32, 32), Literal("-X")]),
    parts("FLWPUBK_TEST-", &[Run(A::ALNUM, 32, 32), Literal("-X")]),
    token("FLWSECK_TEST", A::URL, 13, 13),
    token("EZAK", A::ALNUM, 54, 54), // EasyPost
    token("EZTK", A::ALNUM, 54, 54),
    token("duffel_live_", A::URL_PADDED, 43, 43),
    token("duffel_test_", A::URL_PADDED, 43, 43),
    token("rzp_live_", A::ALNUM, 14, 14), // Razorpay
    token("rzp_test_", A::ALNUM, 14, 14),
    parts("access_token$production$", &[Run(A::LOWER, 16, 16), Literal("$"), Run(A::HEX, 32, 32)]), // Braintree
    parts("access_token$sandbox$", &[Run(A::LOWER, 16, 16), Literal("$"), Run(A::HEX, 32, 32)]),
    token("fio-u-", A::URL_PADDED, 64, 64),
    token("pk_live_", A::ALNUM, 24, 120),
    token("live_pub_", A::HEX, 31, 31), // Lob
    token("test_pub_", A::HEX, 31, 31),
    token("live_", A::HEX, 35, 35),
    token("test_", A::HEX, 35, 35),
    token("pdl_live_apikey_", A::WORD, 40, 80),
    token("pdl_sdbx_apikey_", A::WORD, 40, 80),
    token("CFPAT-", A::URL, 43, 43), // Contentful
    // Chat, mail and telephone. Slack: "Token types".
    parts("xoxb-", &[Run(A::DIGITS, 8, 14), Literal("-"), Run(A::ALNUM, 18, 34)]),
    parts(
        "xoxb-",
        &[Run(A::DIGITS, 8, 14), Literal("-"), Run(A::DIGITS, 8, 14), Literal("-"), Run(A::URL, 18, 40)],
    ),
    token("xoxp-", A::URL, 28, 400).checked(Check::Random),
    token("xoxe-", A::URL, 28, 400).checked(Check::Random),
    token("xoxa-", A::URL, 20, 400).checked(Check::Random),
    token("xoxr-", A::URL, 20, 400).checked(Check::Random),
    token("xoxs-", A::URL, 20, 400).checked(Check::Random),
    token("xoxo-", A::URL, 28, 400).checked(Check::Random),
    token("xoxc-", A::URL, 28, 400).checked(Check::Random),
    token("xoxd-", A::ANY64, 28, 600).checked(Check::Random),
    token("xoxe.xoxp-", A::URL, 100, 400),
    token("xoxe.xoxb-", A::URL, 100, 400),
    parts(
        "xapp-",
        &[
            Run(A::DIGITS, 1, 1),
            Literal("-"),
            Run(A::UPPER, 8, 14),
            Literal("-"),
            Run(A::DIGITS, 8, 14),
            Literal("-"),
            Run(A::LOWER, 20, 80),
        ],
    ),
    token("hooks.slack.com/services/", A::PATH, 40, 60),
    token("hooks.slack.com/workflows/", A::PATH, 40, 80),
    token("hooks.slack.com/triggers/", A::PATH, 40, 80),
    token("discord.com/api/webhooks/", A::PATH, 70, 110),
    token("discordapp.com/api/webhooks/", A::PATH, 70, 110),
    parts(
        "webhook.office.com/webhookb2/",
        &[
            Run(A::UUID, 36, 36),
            Literal("@"),
            Run(A::UUID, 36, 36),
            Literal("/IncomingWebhook/"),
            Run(A::HEX, 32, 32),
            Literal("/"),
            Run(A::UUID, 36, 36),
        ],
    ),
    token("hooks.zapier.com/hooks/catch/", A::PATH, 10, 40).checked(Check::Form),
    parts("SG.", &[Run(A::URL_PADDED, 20, 24), Literal("."), Run(A::URL_PADDED, 39, 50)]), // SendGrid
    token("SG.", A::UNRESERVED, 64, 68),
    parts("xkeysib-", &[Run(A::HEX, 64, 64), Literal("-"), Run(A::ALNUM, 16, 16)]), // Brevo
    parts("xsmtpsib-", &[Run(A::HEX, 64, 64), Literal("-"), Run(A::ALNUM, 16, 16)]),
    token("key-", A::HEX, 32, 32), // Mailgun
    token("pubkey-", A::HEX, 32, 32),
    token("mlsn.", A::HEX, 64, 64),                       // MailerSend
    token("re_", A::WORD, 32, 40).checked(Check::Random), // Resend
    token("EAACEdEose0cBA", A::ALNUM, 20, 300),           // Meta
    token("EAA", A::ALNUM, 100, 300),
    token("IGQV", A::ALNUM, 100, 300),
    token("AAAAAAAAAAAAAAAAAAAAA", A::ANY64, 60, 120).checked(Check::Random), // X: bearer
    // Work tools.
    token("lin_api_", A::ALNUM, 40, 40), // Linear
    token("lin_oauth_", A::ALNUM, 40, 64),
    token("ntn_", A::ALNUM, 46, 50), // Notion, both generations
    token("secret_", A::ALNUM, 43, 43),
    parts("pat", &[Run(A::ALNUM, 14, 14), Literal("."), Run(A::HEX, 64, 64)]), // Airtable
    token("figd_", A::URL, 38, 44),                                            // Figma
    token("figdr_", A::URL, 38, 44),
    parts("PMAK-", &[Run(A::HEX, 24, 24), Literal("-"), Run(A::HEX, 34, 34)]), // Postman
    token("PMAT-", A::UPPER, 26, 26),
    token("rdme_", A::LOWER, 70, 70),
    token("pat-na1-", A::UUID, 36, 36), // HubSpot
    token("pat-eu1-", A::UUID, 36, 36),
    token("sl.u.", A::URL, 120, 1400), // Dropbox
    token("sl.", A::URL_PADDED, 130, 1400),
    parts("s-s4t2", &[Run(A::LETTERS, 2, 2), Literal("-"), Run(A::HEX, 64, 64)]), // 42
    parts("u-s4t2", &[Run(A::LETTERS, 2, 2), Literal("-"), Run(A::HEX, 64, 64)]),
    token("pk.eyJ", A::DOTTED, 60, 200), // Mapbox
    token("sk.eyJ", A::DOTTED, 60, 200),
    token("tk.eyJ", A::DOTTED, 60, 200),
    token("sm_aat_", A::ALNUM, 16, 16), // SettleMint
    token("sm_pat_", A::ALNUM, 16, 16),
    token("sm_sat_", A::ALNUM, 16, 16),
    token("aio_", A::ALNUM, 28, 28), // Adafruit IO
    token("sdk-", A::UUID, 36, 36),  // LaunchDarkly
    token("api-", A::UUID, 36, 36),
    token("mob-", A::UUID, 36, 36),
    token("apify_api_", A::URL, 36, 36),
    token("ls__", A::HEX, 32, 32),
    token("waka_", A::UUID, 36, 36),
    token("rpa_", A::UPPER, 40, 48), // RunPod
    token("ck_", A::HEX, 40, 40),    // WooCommerce
    token("cs_", A::HEX, 40, 40),
    parts(
        "sc_",
        &[
            Run(A::LOWER, 5, 30),
            Literal("."),
            Run(A::LOWER, 4, 6),
            Literal(".acc_"),
            Run(A::LOWER, 10, 32),
            Literal("."),
            Run(A::ANY64, 30, 120),
        ],
    ), // Authress
    parts(
        "ext_",
        &[
            Run(A::LOWER, 5, 30),
            Literal("."),
            Run(A::LOWER, 4, 6),
            Literal(".acc-"),
            Run(A::LOWER, 10, 32),
            Literal("."),
            Run(A::ANY64, 30, 120),
        ],
    ),
    token("tskey-api-", A::URL, 20, 64), // Tailscale
    token("tskey-auth-", A::URL, 20, 64),
    token("tskey-client-", A::URL, 20, 64),
    token("tskey-scim-", A::URL, 20, 64),
    token("ngrok_", A::ALNUM, 40, 60).checked(Check::Random),
    token("ak_", A::ALNUM, 30, 64).checked(Check::Random),
    token("akp-", A::LOWER, 60, 70),
    token("lip_", A::ALNUM, 20, 40), // Lichess
    token("lio_", A::ALNUM, 20, 40),
];
