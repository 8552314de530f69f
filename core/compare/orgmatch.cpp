#include "compare/orgmatch.h"

#include "base/digest.h"
#include "json/value.h"

#include <QSet>

#include <algorithm>
#include <map>
#include <vector>

namespace Orgtrace::Compare {

namespace {

/// One domain's matching.
class DomainMatcher
{
public:
    DomainMatcher(const MatchDomain &domain, QList<MatchRow> &out) : m_domain(domain), m_out(out)
    {
        for (const Matchable &entity : domain.left)
            m_left.insert(entity.id, entity.name);
        for (const Matchable &entity : domain.right)
            m_right.insert(entity.id, entity.name);
    }

    /// False where it names what is not there any more.
    [[nodiscard]] bool correct(const Correction &correction)
    {
        if ((!correction.left && !correction.right) || (correction.left && !m_left.contains(*correction.left))
            || (correction.right && !m_right.contains(*correction.right)))
            return false;
        if (correction.left && correction.right)
            join(*correction.left, *correction.right, MatchKind::Corrected);
        else if (correction.left)
            alone(true, *correction.left, MatchKind::OnlyLeft);
        else
            alone(false, *correction.right, MatchKind::OnlyRight);
        return true;
    }

    void run()
    {
        for (const Matchable &entity : m_domain.left) {
            if (m_left.contains(entity.id) && m_right.contains(entity.id))
                join(entity.id, entity.id, MatchKind::SameId);
        }
        struct Namesakes {
            std::vector<QString> left, right;
        };
        std::map<QString, Namesakes> byName;
        for (const Matchable &entity : m_domain.left) {
            if (m_left.contains(entity.id) && !entity.name.isEmpty())
                byName[entity.name].left.push_back(entity.id);
        }
        for (const Matchable &entity : m_domain.right) {
            if (m_right.contains(entity.id) && !entity.name.isEmpty())
                byName[entity.name].right.push_back(entity.id);
        }
        for (const auto &[name, those] : byName) {
            if (those.left.empty() || those.right.empty())
                continue;
            if (those.left.size() == 1 && those.right.size() == 1) {
                join(those.left.front(), those.right.front(), MatchKind::SameName);
                continue;
            }
            for (const QString &id : those.left)
                alone(true, id, MatchKind::Ambiguous);
            for (const QString &id : those.right)
                alone(false, id, MatchKind::Ambiguous);
        }
        for (const Matchable &entity : m_domain.left) {
            if (m_left.contains(entity.id))
                alone(true, entity.id, MatchKind::OnlyLeft);
        }
        for (const Matchable &entity : m_domain.right) {
            if (m_right.contains(entity.id))
                alone(false, entity.id, MatchKind::OnlyRight);
        }
    }

private:
    void join(const QString &left, const QString &right, MatchKind kind)
    {
        const QString nameHere = m_left.take(left), nameThere = m_right.take(right);
        m_out.append({m_domain.domain, nameThere.isEmpty() ? nameHere : nameThere, left, right, kind});
    }

    void alone(bool onLeft, const QString &id, MatchKind kind)
    {
        const QString name = (onLeft ? m_left : m_right).take(id);
        m_out.append({m_domain.domain, name, onLeft ? std::optional(id) : std::nullopt, onLeft ? std::nullopt : std::optional(id), kind});
    }

    const MatchDomain &m_domain;
    QList<MatchRow> &m_out;
    QHash<QString, QString> m_left, m_right; // id → name, of what has no place yet
};

} // namespace

QString matchKindName(MatchKind kind)
{
    switch (kind) {
    case MatchKind::SameId: return QStringLiteral("same-id");
    case MatchKind::SameName: return QStringLiteral("same-name");
    case MatchKind::Corrected: return QStringLiteral("corrected");
    case MatchKind::Ambiguous: return QStringLiteral("ambiguous");
    case MatchKind::OnlyLeft: return QStringLiteral("only-left");
    case MatchKind::OnlyRight: break;
    }
    return QStringLiteral("only-right");
}

Result<QList<MatchRow>> matchOrganisations(const QList<MatchDomain> &domains, const QList<Correction> &corrections)
{
    QHash<QString, QList<Correction>> byDomain;
    for (const Correction &correction : corrections)
        byDomain[correction.domain].append(correction);
    QList<MatchRow> out;
    for (const MatchDomain &domain : domains) {
        const qsizetype first = out.size();
        DomainMatcher matcher(domain, out);
        for (const auto those = byDomain.take(domain.domain); const Correction &correction : those) {
            if (!matcher.correct(correction)) {
                return Error::make(
                    ErrorCode::BadInput,
                    QStringLiteral("a correction names an entity that is not there, or one that another correction names as well"),
                    correction.domain + u'/' + correction.left.value_or(correction.right.value_or(QString())));
            }
        }
        matcher.run();
        std::sort(out.begin() + first, out.end(), [](const MatchRow &x, const MatchRow &y) {
            return std::tie(x.name, x.left, x.right) < std::tie(y.name, y.left, y.right);
        });
    }
    if (!byDomain.isEmpty()) {
        QStringList left = byDomain.keys();
        left.sort();
        return Error::make(ErrorCode::BadInput, QStringLiteral("a correction names a domain that is not compared"), left.first());
    }
    return out;
}

Result<QList<Correction>> readCorrections(const QByteArray &json)
{
    const Result<Json::Document> document
        = Json::parse(view(json), {.maxBytes = qsizetype{1024} * 1024, .maxDepth = 8, .refuseDuplicateKeys = true});
    if (!document)
        return std::unexpected(document.error());
    const Json::Value root = document->root();
    const qint64 version = root["version"].toInteger(-1);
    if (version > 1)
        return Error::make(ErrorCode::NewerFormat, QStringLiteral("corrections of version %1").arg(version), QStringLiteral("/version"));
    if (version != 1 || !root["match"].isArray())
        return Error::make(ErrorCode::BadInput, QStringLiteral("corrections are {\"version\": 1, \"match\": [...]}"), QString());
    QList<Correction> out;
    for (const Json::Value row : root["match"].items()) {
        const QString where = QStringLiteral("/match/%1").arg(out.size());
        const Json::Value left = row["left"], right = row["right"];
        const auto isId = [](Json::Value value) { return value.isString() || value.isNull(); };
        if (!row["domain"].isString() || !isId(left) || !isId(right) || (left.isNull() && right.isNull())) {
            return Error::make(
                ErrorCode::BadInput,
                QStringLiteral("a correction has \"domain\", \"left\" and \"right\": ids, one of them null for what has no twin"), where);
        }
        const auto id = [](Json::Value value) { return value.isString() ? std::optional(value.toQString()) : std::nullopt; };
        out.append({row["domain"].toQString(), id(left), id(right)});
    }
    return out;
}

} // namespace Orgtrace::Compare
