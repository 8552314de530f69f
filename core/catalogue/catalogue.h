#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

namespace Orgtrace::Catalogue {

/// The paging styles of the platform (API section 3): page number with and without total, nextUri `after`, cursor, nextPage token, unpaged, single object, bare array.
enum class Paging { PageNumber, PageNumberNoTotal, After, Cursor, NextPage, Unpaged, Single, Array };

/// A sub-resource is read once for each entity of its parent domain and is a domain of its own, keyed by the parent's id:
///   shape "items": {"id": <parent id>, <into>: [items]}
///   shape "object": {"id": <parent id>, <into>: {…}} (one object for each parent, e.g. an integration's configuration)
///   shape "pivot": items of all parents regrouped by their own id: {"id": <item id>, <keep…>, <into>: [{<parentKey>: <parent id>, <expandKey>: <element>}]}
/// (the grant matrix: one sweep over roles' subject grants, stored by subject).
/// `{id}` stands in the path or in a query value; in query values also `{member/path}`, a text or number of the parent. A parent without that member
/// is not asked about: a flow that was never published consumes nothing.
struct SubResource {
    QString parent; ///< domain; empty: not a sub-resource
    QString shape; ///< "items", "object" or "pivot"
    QString into; ///< e.g. "members", "grants"
    QString parentKey; ///< pivot: "role"
    QString expand; ///< pivot: array member of the item, one row an element: "divisions"
    QString expandKey; ///< pivot: "division"
    QStringList keep; ///< pivot: members kept from the item: "type"
    QHash<QString, QString> values; ///< a filled query value → what the platform calls it; "": such a parent is not asked about
};

/// How one domain is read and what of it is configuration. Patterns are member paths with '/' between names, `*` for any name or element
/// and `**` for any depth, e.g. "policies/*/actions".
struct DomainRules {
    QString name; ///< "queues"
    QString title; ///< "Queues", for people
    QString group; ///< "Routing", "People" …
    QByteArray path; ///< "/api/v2/routing/queues"; "{id}" is the parent's id
    QList<std::pair<QString, QString>> query; ///< fixed parameters, e.g. expand=properties
    Paging paging = Paging::PageNumber;
    int pageSize = 100;
    qint64 largeAbove = 0; ///< page only: from so many entities on, it is read at largePath by cursor; 0: never
    QString largePath; ///< "/api/v2/users/query"
    QString itemsKey = QStringLiteral("entities");
    QString identity = QStringLiteral("id"); ///< member path of the id; empty for settings objects
    QString nameField = QStringLiteral("name");
    bool fanOut = false;
    QStringList permissionsAny; ///< any one suffices
    QStringList dropped; ///< volatile fields, gone from the compared form
    QStringList signals_; ///< kept beside: version, dateModified, modifiedBy …
    /// Times that move by themselves, asked for by an `expand` of their own and kept beside even where they are dropped: by day, once they are long past
    /// (normaliser.h). No sign of saving, and no part of the hash: what is compared stays as it is.
    QStringList lastSeen;
    QStringList references; ///< {id,name,selfUri} objects reduced to {id}
    QStringList unordered; ///< arrays whose order means nothing; sorted by `identities` or by text
    QHash<QString, QString> identities; ///< array pattern → element member(s) that name it, e.g. "grants" → "role,division"
    QStringList text; ///< fields that are text even if they look like numbers
    QStringList secrets; ///< secret by field rule
    QStringList labels; ///< kept, but a change of it alone is a rename of another entity (not compared)
    QString lineage; ///< member path that names an entity recreated under a new id, e.g. "name"; empty: none
    SubResource sub;
    QStringList profiles; ///< built-in or user's profiles that hold it; "everything" is implied
    bool optional = false; ///< large, deprecated, or to be read with a permission that also writes: of the profiles only in "everything"
    bool byName = false; ///< not even there: only where --domains or a user's profile names it
    bool writePermission = false; ///< no permission that allows reading it is read-only

    /// Profiles, marks, titles and permissions are no part of it: what changes no evidence changes no hash.
    [[nodiscard]] QByteArray hash() const; ///< SHA-256 over the canonical form of the rules, hex: the manifest's catalogue hash
};

/// Which domains a capture asks for. The built-in ones are essential (the default), security and everything.
struct Profile {
    QString name;
    QStringList domains; ///< in capture order
};

/// The signal of a grant matrix that says when grants were made: {"<role>": {"<division>": "<time>"}}. Only a sweep by division is told (capture/grantproof.h),
/// so that a snapshot without it says nothing of saves.
inline constexpr QLatin1StringView GrantTimesSignal{"grantMadeAt"};

/// All domains, in capture order (parents before their sub-resources). Immutable.
class Catalogue
{
public:
    /// Reads resources/catalogue/*.toml, then the user's files, which add or override by name.
    /// Errors: BadInput, where = "file:line", detail says the mistake and the cure.
    [[nodiscard]] static Result<Catalogue> load(const QList<std::pair<QString, QByteArray>> &namedToml);
    [[nodiscard]] static Result<Catalogue> builtIn(); ///< from the compiled-in resources
    /// The built-in catalogue and a user's files on top. Errors: as load().
    [[nodiscard]] static Result<Catalogue> effective(const QList<std::pair<QString, QByteArray>> &userToml);
    static constexpr QLatin1StringView DefaultProfile{"essential"};

    /// As kept with a snapshot in catalogue.json, and back.
    [[nodiscard]] QByteArray toJson() const;
    [[nodiscard]] static Result<Catalogue> fromJson(const QByteArray &json);

    [[nodiscard]] const QList<DomainRules> &domains() const { return m_domains; }
    [[nodiscard]] const DomainRules *find(const QString &name) const; ///< nullptr where unknown
    /// Rules for an imported domain nobody declared: keyed by "id", nothing dropped but selfUri.
    [[nodiscard]] static DomainRules generic(const QString &name);
    /// A catalogue of just these domains.
    [[nodiscard]] Catalogue restrictedTo(const QStringList &names) const;
    void add(DomainRules rules); ///< adds or replaces

    [[nodiscard]] QStringList profileNames() const; ///< built-in ones first
    /// The domains of a profile, in capture order. Errors: BadInput (no such profile; the detail names those there are).
    [[nodiscard]] Result<QStringList> profile(const QString &name) const;

private:
    QList<DomainRules> m_domains;
    QList<Profile> m_profiles; ///< the user's; built-in ones are read off the domains
    QHash<QString, qsizetype> m_index;
};

} // namespace Orgtrace::Catalogue
