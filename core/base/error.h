#pragma once

#include <QString>

#include <expected>

namespace Orgtrace {

/// What went wrong, as a code. Words for people are made in ui/ and core/report only; programs read the code.
enum class ErrorCode {
    Cancelled,
    BadInput, ///< an argument, a file or a setting that makes no sense
    NotFound, ///< the named thing does not exist
    Ambiguous, ///< a prefix or name that fits several things
    WrongSecret, ///< sign-in refused the client id or secret
    WrongRegion, ///< the client is not known in this region, or the region is unknown
    IpNotAllowed, ///< the caller's address is outside the organisation's allowlist
    SignInRefused, ///< the person in the browser, or the sign-in service, said no
    NeedsPerson, ///< this grant signs in by a browser, and nobody is there
    Unauthorised, ///< token refused although it was renewed
    Forbidden, ///< a permission is missing; never retried
    NotOffered, ///< 404 on a listing: this organisation does not have the feature
    Unreachable, ///< name resolution, connection, reset
    TlsFailed,
    TimedOut,
    Throttled, ///< rate limited, tries used up
    ServerFailed, ///< 5xx, tries used up
    RedirectRefused, ///< a redirect off the allow-list or to another host
    RequestRefused, ///< a method or path that is not on the allow-list
    BadResponse, ///< truncated, not JSON, or not of the promised shape
    StaleCursor, ///< 400 on a cursor: restart from the last safe page
    Incomplete, ///< fewer things than announced, or it cannot be proven complete
    TooLarge, ///< a bound on size or depth was passed
    MalformedJson, ///< not JSON, duplicate keys, too deep
    NotAStore,
    NewerFormat, ///< written by a newer version
    StoreLocked, ///< another process writes
    Integrity, ///< evidence that does not prove: hash, signature, chain
    KeyUnavailable, ///< keychain, credentials directory or key file gave no key
    WrongPassphrase,
    DiskFull,
    Io, ///< any other trouble with files
    Internal,
};

/// Stable lower-case name, e.g. "wrong-secret": part of the --json contract.
[[nodiscard]] QString errorCodeName(ErrorCode code);

/// The exit status of the command-line contract (docs/formats/cli.md): 2 bad usage or input, 3 sign-in or permission,
/// 5 integrity, 4 incomplete.
[[nodiscard]] int exitStatus(ErrorCode code);

/// A failure as a value.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString detail; ///< English, for the log and for programs; already free of secrets
    QString where; ///< request id, JSON pointer, commit, file: whatever finds the place again

    [[nodiscard]] static std::unexpected<Error> make(ErrorCode code, QString detail, QString where = {})
    {
        return std::unexpected(Error{code, std::move(detail), std::move(where)});
    }
    friend bool operator==(const Error &, const Error &) = default;
};

/// A value or an Error. Mark functions returning it [[nodiscard]].
template<typename T> using Result = std::expected<T, Error>;

} // namespace Orgtrace
