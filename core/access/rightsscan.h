#pragma once

#include "access/model.h"

#include <functional>
#include <memory>
#include <vector>

namespace Orgtrace::Access {

/// Who holds which of some permissions, one subject after the other: for checks that look at everything that everybody holds and want proof of little of it.
/// What is held costs no paths; paths are made when they are asked for. Borrows the resolver. Thread: one at a time.
class RightsScan
{
public:
    /// @param isWanted which permissions are looked at; told those that roles or the catalogue name, and wildcards that were not expanded
    /// @param keepsWildcards wildcards of roles are looked at as well as what they cover: where the catalogue was not read whole they cover more than it says
    RightsScan(const Resolver &resolver, const std::function<bool(const QString &)> &isWanted, bool keepsWildcards);
    ~RightsScan();
    Q_DISABLE_COPY_MOVE(RightsScan)

    [[nodiscard]] const QStringList &permissions() const; ///< those that are looked at; sorted
    [[nodiscard]] bool knowsCatalogue() const; ///< false: none was captured, so that a permission nobody names may exist all the same

    struct Right {
        qsizetype permission = 0; ///< place in permissions()
        bool isConditional = false; ///< only by lines of roles with a condition
        bool mayBeDenied = false; ///< an access policy may take it away
        int stars = -1; ///< the most parts that are "*" of a line without a condition that gives it; -1: there is none
    };
    struct Rights {
        std::vector<Right> list; ///< by permission; without what access policies deny for certain
        QList<std::pair<QString, QString>> roles; ///< name and id of those that give something of it; sorted
    };
    /// Nothing of groups and teams whose grants reach nobody.
    [[nodiscard]] Rights of(const Subject &subject);

    struct Proof {
        QList<AccessPath> paths; ///< without a condition first
        qsizetype count = 0; ///< of all of them
        QList<Denial> denied;
    };
    /// @param stars only paths by lines without a condition with at least so many parts that are "*"; 0: all
    [[nodiscard]] Proof proof(const Subject &subject, qsizetype permission, qsizetype pathsAtMost, int stars = 0);

    /// What is known of a subject besides rights, and what is not.
    struct Standing {
        bool isCaptured = false; ///< false: only a grant or a membership names it
        QStringList caveats; ///< but for not being captured
        QStringList notes;
    };
    [[nodiscard]] Standing standing(const Subject &subject);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Access
