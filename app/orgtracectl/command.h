#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "operations/workspace.h"
#include "orgtracectl/output.h"

#include <QCoroTask>

#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace Orgtrace::Ctl {

/// What every command can reach: the options all of them take, and what is opened on demand.
class Context
{
public:
    std::string storeFolder; ///< --store, else $ORGTRACE_STORE
    std::string passphraseFile; ///< --passphrase-file
    int quotaShare = 40; ///< --quota-share, percent
    bool json = false;
    bool noBrowser = false; ///< --no-browser
    SystemClock clock;
    CancellationSource cancel; ///< cancelled by SIGINT, SIGTERM and SIGHUP

    [[nodiscard]] Output out() const { return Output(json); }
    [[nodiscard]] Result<QString> folder() const;
    /// The store alone: enough for reading, no key is touched.
    [[nodiscard]] Result<Evidence::Store> store() const;
    /// The store with its places for secrets; asks for the passphrase where the store's key file has one and no file gives it.
    [[nodiscard]] Result<Operations::Workspace *> workspace();
    [[nodiscard]] Credentials::CredentialStore &credentials() { return *m_credentials; } ///< @pre workspace() succeeded
    /// For commands that only read: never asks for a passphrase and never touches a key.
    [[nodiscard]] Result<Operations::Workspace *> reader();
    [[nodiscard]] Result<Credentials::Secret> passphrase(bool fromPromptAllowed) const;

private:
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Operations::Workspace> m_workspace;
};

/// The chosen command, run inside the event loop. Returns the exit status.
using Command = std::function<QCoro::Task<int>(Context &)>;

/// Each adds its subcommands to the parser; the parsed one sets `chosen`.
void addStoreCommands(CLI::App &app, Context &context, Command &chosen); ///< init, verify
void addOrgCommands(CLI::App &app, Context &context, Command &chosen); ///< org add, org check
void addCaptureCommands(CLI::App &app, Context &context, Command &chosen); ///< capture, import, audit pull
void addWatchCommand(CLI::App &app, Context &context, Command &chosen); ///< watch
void addReadCommands(CLI::App &app, Context &context, Command &chosen); ///< snapshots, show
void addSearchCommands(CLI::App &app, Context &context, Command &chosen); ///< search, history
void addDiffCommand(CLI::App &app, Context &context, Command &chosen); ///< diff, diff --files
void addAccessCommands(CLI::App &app, Context &context, Command &chosen); ///< access show, can, who-can, diff, history, check
void addAccessQuestions(CLI::App &access, Context &context, Command &chosen); ///< its subcommands can, who-can, diff
void addAccessHistory(CLI::App &access, Context &context, Command &chosen); ///< its subcommand history
void addAccessCheck(CLI::App &access, Context &context, Command &chosen); ///< its subcommand check
void addReportCommand(CLI::App &app, Context &context, Command &chosen); ///< report
void addVaultCommands(CLI::App &app, Context &context, Command &chosen); ///< vault list, show, reveal; prune
void addSandboxCommand(CLI::App &app, Context &context, Command &chosen); ///< sandbox

void addRemoteCommands(CLI::App &app, Context &context, Command &chosen); ///< remote add, list, push
/// For the --json answers of what writes evidence.
[[nodiscard]] Json::Node pushesNode(const QList<Evidence::Push> &pushes);
/// Warns of each push that failed, or that found its branch otherwise than it was left.
void warnOfPushes(const Output &out, const QList<Evidence::Push> &pushes);
/// What an identity may see and do: as the --json answer of `org check`, as its table, and as warnings of a capture (none where all is well).
[[nodiscard]] Json::Node identityNode(const Operations::Workspace::Check &check);
void printIdentity(const Output &out, const Operations::Workspace::Check &check);
void warnOfIdentity(const Output &out, const Operations::Workspace::Check &check);

/// The platform's id of an organisation by the user's short name, the platform's name or that id; empty where it is known but was never captured.
/// Errors: NotFound.
[[nodiscard]] Result<QString> organisationId(const Evidence::Store &store, const QString &name);
/// A name or value on one line, cut to `limit` characters.
[[nodiscard]] QString oneLine(const QString &text, qsizetype limit = 200);
/// Adds --store and --json to a subcommand.
void addCommonOptions(CLI::App &command, Context &context);
/// Adds --no-browser to a subcommand that reaches the platform.
void addSignInOptions(CLI::App &command, Context &context);
/// Asks the person at this terminal: prints the address, and opens a browser where there is a display and nobody said not to.
[[nodiscard]] Operations::PersonSignIn personAtTheTerminal(const Output &out, bool opensBrowser);
[[nodiscard]] inline QString q(const std::string &text)
{
    return QString::fromStdString(text);
}
[[nodiscard]] QString thousands(qint64 number); ///< "1,214"

} // namespace Orgtrace::Ctl
