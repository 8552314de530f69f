#pragma once

#include "base/cancellation.h"
#include "base/error.h"

#include <QList>
#include <QString>

#include <chrono>

namespace Orgtrace::Evidence {

/// A git repository elsewhere that evidence is pushed to: [[remote]] in store.toml. No secret is in it.
struct RemoteSettings {
    QString name; ///< the user's short name, [A-Za-z0-9._-]
    QString url; ///< file:///path, https://host/path, ssh://[user@]host/path; http:// to this machine only; no user there, no query
};

/// Errors: BadInput (also what a hand wrote into store.toml is checked, and nothing mistyped is passed over; where = file:line), as Store::open.
[[nodiscard]] Result<QList<RemoteSettings>> remotes(const QString &storeFolder);
/// Adds one; store.toml is written whole or not at all, and nothing else in it changes. A path becomes file://.
/// Errors: BadInput (the name is taken; a URL that may hold a secret, or of another kind).
[[nodiscard]] Result<void> addRemote(const QString &storeFolder, RemoteSettings remote);

/// What became of one of this writer's branches.
struct PushedBranch {
    enum class State {
        UpToDate, ///< the remote had it all
        Pushed, ///< it was moved forward, or is new there
        Restored, ///< it had been set back or removed there since the last push, and is whole again
        Refused, ///< the remote holds other commits, or did not take it; nothing was forced
    };
    QString branch; ///< "config/<organisation>/<writer>"
    State state = State::UpToDate;
    QString why; ///< where refused or restored: a sentence
};
[[nodiscard]] QString pushStateName(PushedBranch::State state); ///< "up-to-date", "pushed", "restored", "refused"

/// One push to one remote.
struct Push {
    QString remote;
    QList<PushedBranch> branches; ///< as far as the remote answered
    /// Set where not everything is there: Integrity (a branch was rewritten there), Forbidden (the remote did not take it), Unauthorised, Unreachable, TimedOut,
    /// NotFound (no git program), Cancelled, BadInput. The detail says what happened and what to do.
    std::optional<Error> error;
};

struct PushLimits {
    std::chrono::milliseconds longest = std::chrono::minutes(10);
    QString git = QStringLiteral("git"); ///< the program
};

/// Pushes this writer's own branches, fast-forward only, never forced, by the git program, which knows the user's SSH keys and credential helpers. Nothing
/// in the store steers git: it runs in a repository of its own, with the store's objects beside, so that no hook and no setting of evidence.git counts. Nor
/// does a hook of a file:// remote, since store.toml may be a stranger's; BadInput where that remote lies in the store, under /proc or under /dev.
///
/// Thread: any; blocks. Needs no lock: snapshots that are published while it runs go with the next push.
[[nodiscard]] Push pushTo(const QString &storeFolder, const RemoteSettings &remote, const CancellationToken &cancel = {},
                          const PushLimits &limits = {});

} // namespace Orgtrace::Evidence
