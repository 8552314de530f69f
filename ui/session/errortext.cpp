#include "session/session.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

namespace {

QString sentence(ErrorCode code)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Errors", text); };
    switch (code) {
    case ErrorCode::Cancelled: return tr("Cancelled, as you asked.");
    case ErrorCode::BadInput: return tr("That does not make sense here. Correct it and try again.");
    case ErrorCode::NotFound: return tr("It is not there. Check the name, or reload the store (F5).");
    case ErrorCode::Ambiguous: return tr("The name fits several things. Write more of it.");
    case ErrorCode::WrongSecret:
        return tr("Sign-in was refused: the client id or its secret is wrong. Enter the secret again with “orgtracectl org add”.");
    case ErrorCode::WrongRegion: return tr("This client is not known in that region. Check the organisation's region in store.toml.");
    case ErrorCode::IpNotAllowed:
        return tr("The organisation does not accept requests from this address. Add it to the organisation's allowlist, or capture from "
                  "another machine.");
    case ErrorCode::SignInRefused: return tr("The sign-in in the browser was refused or went wrong. Start again to sign in again.");
    case ErrorCode::NeedsPerson:
        return tr(
            "This organisation is signed in to by a person in a browser, and nobody can be asked here. Use client credentials instead.");
    case ErrorCode::Unauthorised:
        return tr("The platform refused a fresh sign-in token. Check that the OAuth client still exists and is not disabled.");
    case ErrorCode::Forbidden: return tr("The client lacks a permission. “orgtracectl org check” names the ones to add.");
    case ErrorCode::NotOffered: return tr("This organisation does not have that feature. Nothing needs to be done.");
    case ErrorCode::Unreachable: return tr("The platform could not be reached. Check the network, then try again.");
    case ErrorCode::TlsFailed:
        return tr("The connection could not be made secure, so nothing was sent. Check the clock, the certificates and any proxy between.");
    case ErrorCode::TimedOut: return tr("No answer came in time. Try again later.");
    case ErrorCode::Throttled: return tr("The platform kept saying “too many requests”. Wait a few minutes, then try again.");
    case ErrorCode::ServerFailed: return tr("The platform failed several times. Try again later.");
    case ErrorCode::RedirectRefused:
        return tr("The platform answered with a redirect that is not allowed; it was not followed. Check the region and any proxy.");
    case ErrorCode::RequestRefused:
        return tr("A request that is not on the read-only list was stopped before it was sent. Please report this.");
    case ErrorCode::BadResponse:
        return tr("The platform's answer was cut off or not what it promises. Try again; if it stays, report it with the id below.");
    case ErrorCode::StaleCursor: return tr("The listing changed while it was read. Capture again.");
    case ErrorCode::Incomplete: return tr("It cannot be proven that everything was read. Capture again.");
    case ErrorCode::TooLarge: return tr("It is larger than Orgtrace is willing to read. Narrow it down.");
    case ErrorCode::MalformedJson: return tr("It is not valid JSON and was not taken in.");
    case ErrorCode::NotAStore:
        return tr("That folder is not an Orgtrace store. Choose the folder that holds store.toml, or make one with “orgtracectl init”.");
    case ErrorCode::NewerFormat: return tr("The store was written by a newer version of Orgtrace. Update Orgtrace to open it.");
    case ErrorCode::StoreLocked: return tr("Another program is writing to this store. Wait until it has finished, then try again.");
    case ErrorCode::Integrity:
        return tr("The evidence does not prove itself: a hash, a signature or the chain is wrong. Work on a copy, and run “orgtracectl "
                  "verify” to see where.");
    case ErrorCode::KeyUnavailable:
        return tr("The keychain gave no key. Unlock it, or use a key file (“orgtracectl init --key-file”), then try again.");
    case ErrorCode::WrongPassphrase: return tr("The passphrase of the key file is wrong.");
    case ErrorCode::DiskFull: return tr("The disk is full. Free some space, then try again.");
    case ErrorCode::Io: return tr("A file could not be read or written. Check the folder and its permissions.");
    case ErrorCode::Internal: break;
    }
    return tr("Something went wrong inside Orgtrace. Please report it with the detail below.");
}

} // namespace

QString errorText(const Error &error)
{
    QString text = sentence(error.code);
    constexpr qsizetype bound = 300; // a detail may quote what came from outside
    if (!error.detail.isEmpty() && error.code != ErrorCode::Cancelled) {
        QString detail = error.detail.simplified();
        if (detail.size() > bound) {
            detail = detail.first(bound) + u'…';
        }
        text += u' ' + QCoreApplication::translate("Errors", "(%1)").arg(detail);
    }
    if (!error.where.isEmpty() && error.code != ErrorCode::Cancelled) {
        text += u' '
            + QCoreApplication::translate("Errors", "[%1]")
                  .arg(error.where.simplified().first(std::min<qsizetype>(error.where.simplified().size(), bound)));
    }
    return text;
}

} // namespace Orgtrace::Ui
