#pragma once

#include "base/error.h"
#include "compare/change.h"
#include "evidence/store.h"

#include <QHash>
#include <QSet>

#include <memory>

namespace Orgtrace::Policy {

enum class Severity { Low, Medium, High, Critical };
[[nodiscard]] QString severityName(Severity severity);
[[nodiscard]] std::optional<Severity> severityFromName(const QString &name);

struct Verdict {
    Severity severity = Severity::Low;
    QString rule; ///< id in the policy file
    QString title; ///< "Admin role granted"
    QString field; ///< path of the field that decided; empty: the change as a whole
    friend bool operator==(const Verdict &, const Verdict &) = default;
};

/// What a rule needs to know beyond the change itself, read once from the two snapshots.
struct Context {
    QSet<QString> adminRoles; ///< role ids that hold a high-risk permission or an admin name, on either side
    QSet<QString> productionFlows; ///< published and referenced by an IVR, route or trigger, or in a division the policy lists
    QHash<QString, QString> names; ///< "domain/id" → name, new side first
    QSet<QString>
        adminSubjects; ///< subjects holding an admin role on either side: every group, team and client, and whoever's grants came or went whole
    QSet<QString> roleHolders; ///< groups, teams and clients holding any role on either side
};

struct JudgedChange {
    Compare::EntityChange change;
    Verdict verdict;
};

/// The severity matrix (requirement 1.10; docs/formats/policy.md) as rules over domains and field paths, from a TOML file that people edit. Decoupled from capture:
/// changing rules never touches evidence (1.11). Immutable, thread-safe.
class Policy
{
public:
    /// Errors: BadInput; where = "file:line", detail says the mistake and the cure.
    [[nodiscard]] static Result<Policy> load(const QByteArray &toml, const QString &fileName);
    [[nodiscard]] static Result<Policy> builtIn();
    Policy(Policy &&) noexcept;
    Policy &operator=(Policy &&) noexcept;
    ~Policy();

    [[nodiscard]] QString name() const; ///< file name, for the evidence panel
    /// One of the rights that lead to every other: [admin-roles] permissions. A wildcard is, where it covers one of them.
    [[nodiscard]] bool isHighRisk(const QString &permission) const;
    enum class Names { All, None }; ///< reading every name costs about 7 µs an entity; judging needs none of them
    /// Reads roles, grants, flows and what points at flows, and names, from both snapshots. Errors: as Snapshot; Integrity for a broken catalogue.json.
    [[nodiscard]] Result<Context> context(const Evidence::Snapshot &a, const Evidence::Snapshot &b, Names names = Names::All) const;
    /// The worst severity whose rule fits; in one severity the first rule in the file. Where none fits: low, rule "".
    /// Changes of type alone are low, rule "type-only", whatever the file says.
    [[nodiscard]] Verdict judge(const Compare::EntityChange &change, const Context &context) const;
    /// Worst first, then domain, then name.
    [[nodiscard]] QList<JudgedChange> judgeAll(const Compare::SnapshotDifference &difference, const Context &context) const;

private:
    Policy();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Policy
