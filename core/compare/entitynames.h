#pragma once

#include "catalogue/catalogue.h"
#include "evidence/store.h"
#include "json/value.h"

#include <QHash>

namespace Orgtrace::Compare {

/// What people call an entity: its own name, or for members and grants the name of the group, queue or person they belong to.
/// Looks names up as they are needed, new side first, and only so many. Borrows all.
class EntityNames
{
public:
    EntityNames(const Evidence::Snapshot &a, const Catalogue::Catalogue &catalogueA, const Evidence::Snapshot &b,
                const Catalogue::Catalogue &catalogueB);
    [[nodiscard]] QString nameOf(const Catalogue::DomainRules &rules, const QString &id, Json::Value entity);
    /// The same for an entity that is still to be read; empty where that fails or was done too often.
    [[nodiscard]] QString storedNameOf(const Catalogue::DomainRules &rules, const QString &id);

private:
    [[nodiscard]] QString lookUp(const QString &domain, const QString &id);
    struct Side {
        const Evidence::Snapshot &snapshot;
        const Catalogue::Catalogue &catalogue;
    };
    Side m_sides[2];
    QHash<QString, QString> m_known;
    int m_lookUpsLeft = 20'000;
};

/// The scalar at a member path ("name", "division/name") as text; empty where there is none.
[[nodiscard]] QString textAt(Json::Value entity, const QString &path);

} // namespace Orgtrace::Compare
