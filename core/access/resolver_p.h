#pragma once

#include "access/roletable.h"

#include <map>
#include <tuple>
#include <vector>

/// What Resolver is made of, for the sources of core/access that answer questions from it.
namespace Orgtrace::Access {

using SubjectKey = std::pair<SubjectKind, QString>;

inline QString label(const Subject &subject)
{
    return subject.name.isEmpty() ? subject.id : subject.name;
}

inline auto orderOf(const Subject &subject)
{
    return std::tie(subject.kind, subject.name, subject.id);
}

inline bool isContainer(SubjectKind kind)
{
    return kind == SubjectKind::Group || kind == SubjectKind::Team;
}

/// A grant as numbers.
struct Holding {
    uint32_t role = 0, division = 0;
    int32_t via = -1; ///< index of the container; -1: direct
    bool synthetic = false;
    friend auto operator<=>(const Holding &, const Holding &) = default;
};

struct Node {
    Subject self;
    std::vector<Holding> own;
    std::vector<uint32_t> containers; ///< sorted node indices
    bool rolesEnabled = true, membersKnown = true, seen = false;
};

struct Resolver::Private {
    Private(const Facts &facts) : roles(facts.roles, facts.catalogue) { }

    uint32_t node(SubjectKind kind, const QString &id)
    {
        const SubjectKey key{kind, id};
        if (const auto it = index.constFind(key); it != index.constEnd()) {
            return it.value();
        }
        const auto position = static_cast<uint32_t>(nodes.size());
        nodes.push_back({});
        nodes.back().self = {id, QString(), kind};
        index.insert(key, position);
        return position;
    }
    uint32_t division(const QString &id)
    {
        if (const auto it = divisionIndex.constFind(id); it != divisionIndex.constEnd()) {
            return it.value();
        }
        const auto position = static_cast<uint32_t>(divisionIds.size());
        divisionIds.append(id);
        divisionIndex.insert(id, position);
        return position;
    }

    void readSubjects(const Facts &facts);
    void readContainers(const Facts &facts);
    void readGrants(const Facts &facts);
    void finish(const Facts &facts);

    /// Every holding of a subject, direct and through containers, distinct.
    [[nodiscard]] std::vector<Holding> holdings(uint32_t subject) const;
    [[nodiscard]] AccessPath path(const Holding &holding, const RoleTable::Permission &permission, const RoleTable::Line &line) const;
    static void sortPaths(QList<AccessPath> &paths);
    /// @param found by index of the permission
    [[nodiscard]] QList<EffectivePermission> permissionsFrom(std::map<uint32_t, QList<AccessPath>> found) const;
    /// What is not known of a subject, or was not seen.
    [[nodiscard]] QStringList gapsOf(uint32_t subject, const std::vector<Holding> &held) const;
    /// What is known of it and worth saying beside an answer.
    [[nodiscard]] QStringList notesOf(uint32_t subject) const;

    RoleTable roles;
    std::vector<Node> nodes;
    QHash<SubjectKey, uint32_t> index;
    QStringList divisionIds;
    QHash<QString, uint32_t> divisionIndex;
    QHash<QString, QString> divisionNames;
    QList<Subject> sorted;
    QHash<QString, QList<Subject>> byId, byName, byEmail;
    QStringList caveats;
    QHash<SubjectKind, QStringList> kindCaveats;
    QHash<QString, QStringList> subjectCaveats, subjectNotes;
};

} // namespace Orgtrace::Access
