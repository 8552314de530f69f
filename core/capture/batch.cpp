#include "capture/batch.h"

#include "base/digest.h"
#include "genesys/page.h"
#include "json/canonical.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
constexpr qsizetype MaxMember = 600; ///< characters; as long as an id in a path may be
}

Evidence::Quarantined quarantinedFrom(const Genesys::BrokenItem &item)
{
    return {item.id, item.why, QString::fromLatin1(item.sha256)};
}

Evidence::Quarantined quarantinedFrom(const QString &id, const Error &error, Json::Value value)
{
    const QString why = error.where.isEmpty() ? error.detail : QString(error.detail + u" (at "_s + error.where + u')');
    return {id, why.left(300), QString::fromLatin1(sha256(view(Json::compactText(value))).toHex())};
}

std::shared_ptr<Batch> normalisePage(const Genesys::Page &page, Catalogue::NormaliserPool &normalisers, bool isSingle)
{
    auto batch = std::make_shared<Batch>();
    const Catalogue::NormaliserPool::Loan normaliser = normalisers.take();
    batch->ready.reserve(page.items.size());
    for (size_t i = 0; i < page.items.size(); ++i) {
        const Json::Value item = page.items[i];
        const QString id = isSingle ? QString() : page.ids.at(static_cast<qsizetype>(i));
        auto entity = isSingle ? normaliser->normalise(item, id) : normaliser->normalise(item);
        if (!entity) {
            batch->quarantined.push_back(quarantinedFrom(id, entity.error(), item));
        } else {
            batch->ready.push_back(std::move(*entity));
        }
    }
    for (const Genesys::BrokenItem &broken : page.broken) {
        batch->quarantined.push_back(quarantinedFrom(broken));
    }
    return batch;
}

QHash<QString, Members> membersOf(const Genesys::Page &page, const QStringList &wanted)
{
    QHash<QString, Members> out;
    if (wanted.isEmpty()) {
        return out;
    }
    for (size_t i = 0; i < page.items.size(); ++i) {
        Members members;
        bool isUsable = true;
        for (const QString &path : wanted) {
            const QString value = Genesys::identityOf(page.items[i], path);
            isUsable = isUsable && value.size() <= MaxMember;
            if (!value.isEmpty()) {
                members.insert(path, value);
            }
        }
        if (isUsable) {
            out.insert(page.ids.at(static_cast<qsizetype>(i)), members);
        }
    }
    return out;
}

QString reasonOf(const Error &error)
{
    return error.detail.isEmpty() ? errorCodeName(error.code) : QString(errorCodeName(error.code) + u": "_s + error.detail);
}

Evidence::LedgerState stateOf(const Error &error)
{
    switch (error.code) {
    case ErrorCode::Forbidden: return Evidence::LedgerState::Forbidden;
    case ErrorCode::NotOffered: return Evidence::LedgerState::NotOffered;
    default: return Evidence::LedgerState::Carried;
    }
}

} // namespace Orgtrace::Capture
