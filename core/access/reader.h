#pragma once

#include "access/model.h"
#include "evidence/model.h"
#include "json/value.h"

#include <QMap>
#include <QSet>

#include <string_view>

namespace Orgtrace::Access {

/// Reads the entities of a snapshot, one by one, into Facts. Knows the shapes of the domains and nothing of stores.
///
/// Shapes are untrusted: missing, misspelt or repeated members leave a caveat or nothing, never a failure.
///   grants/<subject>:       {id, type, synthetic?, name?, grants: [{role: id|{id,name}, division: id|{id,name}, subjectId?, synthetic?}]}
///   group_members/<group>:  {id, members: [{id,name}|id]}; team_members the same
///   roles/<role>:           {id, name, default, permissionPolicies: [{domain, entityName, actionSet, resourceConditionNode, namedResources}], permissions}
///   permissions_catalogue/<domain>: {domain, permissionMap: {entity: [{domain, entityType, action, divisionAware}]}}
///   oauth_clients/<client>: {id, name, roleDivisions: [{roleId, divisionId}]}
///   trustees/<organisation>: {id, organization: {name}}; trustee_users/<organisation>: {id, users: [{id, name}]}; trustee_groups the same with groups
///   access_policies/<policy>: {id, name, effect: ALLOW|DENY, active, subject: {type: USER|CLIENT|GROUP|TEAM|ALL, id}, targetResource:
///                           "domain:entity:action", condition: {…}, applyToClients}; what is not understood makes it one that may deny
class FactsReader
{
public:
    [[nodiscard]] static QStringList domains(); ///< what answers rest on, in the order to read them
    [[nodiscard]] static QStringList
    nameDomains(); ///< what entity() understands besides: names of subjects of other organisations. No answer rests on them

    void entity(const QString &domain, const QString &id, std::string_view text);
    /// Turns the ledger into caveats, joins containers with their members. Call once, last.
    /// @param shortened domains whose lists may be shorter than the truth, and why, as of Compare::shortenedDomains()
    [[nodiscard]] Facts take(const Evidence::Manifest &manifest, const QHash<QString, QString> &shortened = {});

private:
    void readUser(const QString &id, Json::Value body);
    void readContainer(SubjectKind kind, const QString &id, Json::Value body);
    void readMembers(SubjectKind kind, const QString &id, Json::Value body);
    void readClient(const QString &id, Json::Value body);
    void readRole(const QString &id, Json::Value body);
    void readGrants(const QString &id, Json::Value body);
    void readCatalogue(Json::Value body);
    void readPolicy(const QString &id, Json::Value body);
    void readTrustees(const QString &organisation, Json::Value list);
    void nameTrustees();
    /// The same text for the same id, so that a grant costs little memory and is numbered without reading its ids again.
    [[nodiscard]] QString shared(const QString &id);
    Container &container(SubjectKind kind, const QString &id);
    void noteUnsaidGroups();
    void readLedger(const Evidence::Manifest &manifest, const QString &domain, const QString &shortened);
    void caveat(const QString &domain, const QString &sentence);

    Facts m_facts;
    QMap<std::pair<SubjectKind, QString>, Container> m_containers;
    QHash<QString, QString> m_memberNames; ///< names that only a membership gives
    /// A subject of another organisation, as that organisation's list has it.
    struct Foreign {
        QString name, organisation; ///< the latter by its id
    };
    QHash<QString, Foreign> m_foreign; ///< by id
    QHash<QString, QString> m_organisations; ///< names of other organisations
    QSet<QString> m_shared;
    QSet<QString> m_saidGroups; ///< groups that say whether roles are enabled for them
    bool m_teamsMatter = false; ///< a grant or a policy that may deny names one
    bool m_isCatalogueCut = false; ///< something of it could not be read
};

} // namespace Orgtrace::Access
