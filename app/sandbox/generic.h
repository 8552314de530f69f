#pragma once

#include "sandbox/generate.h"

#include <QUrlQuery>

#include <memory>
#include <optional>

namespace Orgtrace::Sandbox {

/// The many domains that nothing happens to during the month: a table of templates (data/generic/*.toml), from which entities are made when they are
/// asked for. The same seed gives the same entities, whenever they are asked for; only what a template calls volatile differs from call to call.
///
/// A template is JSON. A text that is one of these words becomes what it says; inside a longer text it is written out:
///   @id @name @n @parent      of the entity: its id, its name, its number from 1, the entity it belongs to
///   @text @slug @hex @uuid @phone @date @bool @int:A:B @pick:a|b|c
///   @user @division @any @ref:DOMAIN {id, name, selfUri} of somebody; @link:user, @link:ref:DOMAIN … the same without the name; @user.id and @id:DOMAIN only the id, the latter of the entity's own number
///   @bagof:N:WORD @listof:N:WORD   N of them, all different, in any order or in this one
/// and an array whose first element is "@bag" comes in another order on each call. With ~ for @ the value is another one on each call.
///
/// Thread: the creator's. What it takes from the organisation is copied when it is made.
class Generic
{
public:
    struct Template {
        QString name, path; ///< path below /api/v2/
        QString paging = QStringLiteral("page");
        int size = 100, count = 0;
        QStringList rights;
        QString parent, parentQuery; ///< whose id stands in the path, or in this query parameter
        QStringList needs; ///< query parameters without which the answer is 400
        QString when; ///< "deactivated=TRUE": served where the query says so, in place of the domain of the same path
        QString label, pool;
        QStringList names;
        bool offered = true; ///< false: 404, as in organisations that do not have it
        bool linked = true; ///< its entities have a selfUri
        std::optional<QStringList> envelope; ///< what a page has beside its entities; not set: all that its paging style knows
        std::string body;
    };

    explicit Generic(const Organisation &org, const GeneratorSettings &settings);
    ~Generic();

    /// Every domain of the table, in its order.
    [[nodiscard]] static const std::vector<Template> &domains();
    [[nodiscard]] static const Template *find(const QString &name);

    [[nodiscard]] bool holds(const QString &domain, const QString &id) const; ///< an entity of a domain of the table
    /// @param parent id of the entity it belongs to; empty where it belongs to none
    [[nodiscard]] std::vector<Body> entities(const Template &domain, const QString &parent, Dice &now) const;

    struct Private; ///< for the makers of generic.cpp

private:
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Sandbox
