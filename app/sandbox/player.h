#pragma once

#include "sandbox/audit.h"
#include "sandbox/generate.h"
#include "sandbox/ledger.h"
#include "sandbox/scenario.h"

namespace Orgtrace::Sandbox {

/// Plays steps of a scenario on an organisation: resolves names, changes the state as the platform would, writes the audit events.
class Player
{
public:
    /// Borrows all; they must outlive it.
    Player(Organisation &org, const GeneratorSettings &settings, QString fileName);

    /// Errors: BadInput, where = "<file>:<line>": a name that does not exist (any more), a field that cannot be set. The organisation is then half changed:
    /// a scenario is tried on a copy first.
    [[nodiscard]] Result<void> play(const Step &step, int index);

    [[nodiscard]] const std::vector<AuditEvent> &events() const { return m_events; }
    [[nodiscard]] StepNote note(const Step &step) const;

private:
    struct Tombstone {
        Entity entity;
        std::vector<Grant> grants;
    };
    [[nodiscard]] std::unexpected<Error> fail(const Step &step, const QString &detail) const;
    [[nodiscard]] Result<const Entity *> find(const Step &step, const QString &domain, const QString &name) const;
    [[nodiscard]] Result<void> resolveReferences(const Step &step, Body &value) const;
    using Fields = std::vector<std::pair<QStringList, std::optional<Body>>>;
    [[nodiscard]] Result<void> setFields(const Step &step, const Fields &fields, const QString &id, std::vector<AuditProperty> *properties);
    [[nodiscard]] Result<void> set(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> restore(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> create(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> remove(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> recreate(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> changeMembers(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> changeGrant(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> changeSkills(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> changePolicies(const Step &step, AuditWriter &audit);
    [[nodiscard]] Result<void> publish(const Step &step, AuditWriter &audit);
    void audited(const Step &step, AuditWriter &audit, const Entity &entity, const QString &action, std::vector<AuditProperty> properties);

    Organisation &m_org;
    const GeneratorSettings &m_settings;
    QString m_fileName;
    QString m_organisationId;
    QHash<QString, Tombstone> m_deletedRoles; ///< by name
    QHash<QString, Fields> m_before; ///< entity id → what its last `set` replaced, last first
    std::vector<AuditEvent> m_events;
};

} // namespace Orgtrace::Sandbox
