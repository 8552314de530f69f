#include "base/error.h"

namespace Orgtrace {

QString errorCodeName(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled: return QStringLiteral("cancelled");
    case ErrorCode::BadInput: return QStringLiteral("bad-input");
    case ErrorCode::NotFound: return QStringLiteral("not-found");
    case ErrorCode::Ambiguous: return QStringLiteral("ambiguous");
    case ErrorCode::WrongSecret: return QStringLiteral("wrong-secret");
    case ErrorCode::WrongRegion: return QStringLiteral("wrong-region");
    case ErrorCode::IpNotAllowed: return QStringLiteral("ip-not-allowed");
    case ErrorCode::SignInRefused: return QStringLiteral("sign-in-refused");
    case ErrorCode::NeedsPerson: return QStringLiteral("needs-person");
    case ErrorCode::Unauthorised: return QStringLiteral("unauthorised");
    case ErrorCode::Forbidden: return QStringLiteral("forbidden");
    case ErrorCode::NotOffered: return QStringLiteral("not-offered");
    case ErrorCode::Unreachable: return QStringLiteral("unreachable");
    case ErrorCode::TlsFailed: return QStringLiteral("tls-failed");
    case ErrorCode::TimedOut: return QStringLiteral("timed-out");
    case ErrorCode::Throttled: return QStringLiteral("throttled");
    case ErrorCode::ServerFailed: return QStringLiteral("server-failed");
    case ErrorCode::RedirectRefused: return QStringLiteral("redirect-refused");
    case ErrorCode::RequestRefused: return QStringLiteral("request-refused");
    case ErrorCode::BadResponse: return QStringLiteral("bad-response");
    case ErrorCode::StaleCursor: return QStringLiteral("stale-cursor");
    case ErrorCode::Incomplete: return QStringLiteral("incomplete");
    case ErrorCode::TooLarge: return QStringLiteral("too-large");
    case ErrorCode::MalformedJson: return QStringLiteral("malformed-json");
    case ErrorCode::NotAStore: return QStringLiteral("not-a-store");
    case ErrorCode::NewerFormat: return QStringLiteral("newer-format");
    case ErrorCode::StoreLocked: return QStringLiteral("store-locked");
    case ErrorCode::Integrity: return QStringLiteral("integrity");
    case ErrorCode::KeyUnavailable: return QStringLiteral("key-unavailable");
    case ErrorCode::WrongPassphrase: return QStringLiteral("wrong-passphrase");
    case ErrorCode::DiskFull: return QStringLiteral("disk-full");
    case ErrorCode::Io: return QStringLiteral("io");
    case ErrorCode::Internal: return QStringLiteral("internal");
    }
    return QStringLiteral("internal");
}

int exitStatus(ErrorCode code)
{
    switch (code) {
    case ErrorCode::WrongSecret:
    case ErrorCode::IpNotAllowed:
    case ErrorCode::SignInRefused:
    case ErrorCode::NeedsPerson:
    case ErrorCode::Unauthorised:
    case ErrorCode::Forbidden:
    case ErrorCode::KeyUnavailable:
    case ErrorCode::WrongPassphrase: return 3;
    case ErrorCode::Integrity: return 5;
    case ErrorCode::Cancelled:
    case ErrorCode::NotOffered:
    case ErrorCode::Unreachable:
    case ErrorCode::TlsFailed:
    case ErrorCode::TimedOut:
    case ErrorCode::Throttled:
    case ErrorCode::ServerFailed:
    case ErrorCode::RedirectRefused:
    case ErrorCode::RequestRefused:
    case ErrorCode::BadResponse:
    case ErrorCode::StaleCursor:
    case ErrorCode::Incomplete:
    case ErrorCode::DiskFull:
    case ErrorCode::Io:
    case ErrorCode::Internal: return 4;
    case ErrorCode::BadInput:
    case ErrorCode::NotFound:
    case ErrorCode::Ambiguous:
    case ErrorCode::WrongRegion:
    case ErrorCode::TooLarge:
    case ErrorCode::MalformedJson:
    case ErrorCode::NotAStore:
    case ErrorCode::NewerFormat:
    case ErrorCode::StoreLocked: return 2;
    }
    return 4;
}

} // namespace Orgtrace
