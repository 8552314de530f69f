#include "operations/keys.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QFile>
#include <QLocale>

#include <cstdio>
#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

Result<QString> Context::folder() const
{
    if (!storeFolder.empty()) {
        return q(storeFolder);
    }
    QString fromEnvironment = qEnvironmentVariable("ORGTRACE_STORE");
    if (fromEnvironment.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"which store? give --store DIR or set ORGTRACE_STORE"_s);
    }
    return fromEnvironment;
}

Result<Evidence::Store> Context::store() const
{
    const Result<QString> place = folder();
    if (!place) {
        return std::unexpected(place.error());
    }
    return Evidence::Store::open(*place);
}

Result<Credentials::Secret> Context::passphrase(bool fromPromptAllowed) const
{
    QByteArray text;
    if (!passphraseFile.empty()) {
        QFile file(q(passphraseFile));
        if (!file.open(QIODevice::ReadOnly)) {
            return Error::make(ErrorCode::Io, u"the passphrase file cannot be read: %1"_s.arg(file.errorString()), file.fileName());
        }
        text = file.read(4096);
        while (text.endsWith('\n') || text.endsWith('\r')) {
            text.chop(1);
        }
        return Credentials::Secret::take(text);
    }
    if (!fromPromptAllowed || !Output::isTerminal(STDIN_FILENO)) {
        return Credentials::Secret();
    }
    std::fputs("Passphrase of the key file: ", stderr);
    termios before{};
    ::tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    text.resize(1024);
    const bool read = std::fgets(text.data(), static_cast<int>(text.size()), stdin) != nullptr;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputs("\n", stderr);
    text.truncate(read ? static_cast<qsizetype>(qstrlen(text.constData())) : 0);
    while (text.endsWith('\n')) {
        text.chop(1);
    }
    return Credentials::Secret::take(text);
}

Result<Operations::Workspace *> Context::workspace()
{
    if (m_workspace) {
        return m_workspace.get();
    }
    QString keyFile;
    QString place;
    {
        const Result<Evidence::Store> opened = store();
        if (!opened) {
            return std::unexpected(opened.error());
        }
        keyFile = opened->keyFilePath();
        place = opened->folder();
    }
    Result<Credentials::Secret> secret = passphrase(false);
    if (!secret) {
        return std::unexpected(secret.error());
    }
    Result<std::unique_ptr<Credentials::CredentialStore>> credentials = Operations::credentialPlaces(keyFile, *secret);
    if (!credentials && credentials.error().code == ErrorCode::WrongPassphrase && secret->isEmpty()) {
        secret = passphrase(true);
        if (!secret) {
            return std::unexpected(secret.error());
        }
        credentials = Operations::credentialPlaces(keyFile, *secret);
    }
    if (!credentials) {
        return std::unexpected(credentials.error());
    }
    m_credentials = std::move(*credentials);
    Result<std::unique_ptr<Operations::Workspace>> opened = Operations::Workspace::open(place, clock, *m_credentials);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    m_workspace = std::move(*opened);
    m_workspace->setPersonSignIn(personAtTheTerminal(out(), !noBrowser));
    m_workspace->setQuotaShare(quotaShare);
    return m_workspace.get();
}

Result<Operations::Workspace *> Context::reader()
{
    if (m_workspace) {
        return m_workspace.get();
    }
    const Result<QString> place = folder();
    if (!place) {
        return std::unexpected(place.error());
    }
    m_credentials = Credentials::chain({});
    Result<std::unique_ptr<Operations::Workspace>> opened = Operations::Workspace::open(*place, clock, *m_credentials);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    m_workspace = std::move(*opened);
    return m_workspace.get();
}

QString oneLine(const QString &text, qsizetype limit)
{
    QString line = text;
    line.replace(u"\r\n"_s, u"␤"_s).replace(u'\n', u'␤').replace(u'\r', u'␍');
    if (line.size() > limit) {
        line = line.left(limit) + u"… (%1 characters)"_s.arg(text.size());
    }
    return line;
}

void addCommonOptions(CLI::App &command, Context &context)
{
    command.add_option("--store", context.storeFolder, "The store's folder (default: $ORGTRACE_STORE)")->type_name("DIR");
    command.add_flag("--json", context.json, "Answer as JSON");
    command.add_option("--passphrase-file", context.passphraseFile, "File whose first line opens the store's key file")->type_name("FILE");
}

QString thousands(qint64 number)
{
    return QLocale(QLocale::English).toString(number);
}

} // namespace Orgtrace::Ctl
