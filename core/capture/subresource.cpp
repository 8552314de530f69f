#include "capture/subresource.h"

#include "base/digest.h"
#include "genesys/page.h"
#include "json/canonical.h"
#include "json/text.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
std::string textOf(Json::Value value)
{
    return Json::compactText(value).toStdString();
}

std::string textOf(std::string_view utf8)
{
    std::string out;
    Json::appendString(out, utf8);
    return out;
}

/// An object of members whose values are JSON text already.
std::string objectOf(const std::map<std::string, std::string> &members)
{
    std::string out = "{";
    for (const auto &[name, value] : members) {
        if (out.size() > 1) {
            out += ',';
        }
        Json::appendString(out, name);
        out += ':';
        out += value;
    }
    out += '}';
    return out;
}

std::string arrayOf(const std::vector<std::string> &items)
{
    size_t size = 2;
    for (const std::string &item : items) {
        size += item.size() + 1;
    }
    std::string out;
    out.reserve(size);
    out += '[';
    for (const std::string &item : items) {
        if (out.size() > 1) {
            out += ',';
        }
        out += item;
    }
    out += ']';
    return out;
}

void normaliseComposed(Batch &batch, Catalogue::Normaliser &normaliser, const QString &id, const std::string &text)
{
    const auto document = Json::parse(text);
    if (!document) {
        batch.quarantined.push_back({id, document.error().detail.left(300), QString::fromLatin1(sha256(text).toHex())});
        return;
    }
    auto entity = normaliser.normalise(document->root(), id);
    if (!entity) {
        batch.quarantined.push_back(quarantinedFrom(id, entity.error(), document->root()));
        return;
    }
    batch.ready.push_back(std::move(*entity));
}
} // namespace

std::shared_ptr<Batch> composeItems(const QString &parentId, const std::vector<Genesys::Page> &pages, const Catalogue::SubResource &sub,
                                    Catalogue::NormaliserPool &normalisers)
{
    auto batch = std::make_shared<Batch>();
    std::vector<std::string> items;
    for (const Genesys::Page &page : pages) {
        for (const Genesys::BrokenItem &broken : page.broken) {
            if (batch->quarantined.empty()) {
                const QString name = broken.id.isEmpty() ? QStringLiteral("an item without id") : QString(u"item "_s + broken.id);
                batch->quarantined.push_back(
                    {parentId, QString(name + u": "_s + broken.why).left(300), QString::fromLatin1(broken.sha256)});
            }
        }
        for (const Json::Value item : page.items) {
            items.push_back(textOf(item));
        }
    }
    if (!batch->quarantined.empty()) {
        return batch;
    }
    std::map<std::string, std::string> members{{"id", textOf(Json::toUtf8(parentId))}};
    members[sub.into.toStdString()] = sub.shape != QLatin1StringView("object") ? arrayOf(items)
        : items.empty()                                                        ? std::string("null")
                                                                               : std::move(items.front());
    const Catalogue::NormaliserPool::Loan normaliser = normalisers.take();
    normaliseComposed(*batch, *normaliser, parentId, objectOf(members));
    return batch;
}

Pivot::Pivot(const Catalogue::SubResource &sub) :
    m_sub(sub), m_parentKey(sub.parentKey.toStdString()), m_expandKey(sub.expandKey.toStdString()), m_expand(sub.expand.toStdString())
{
    for (const QString &name : sub.keep) {
        m_keep.push_back(name.toStdString());
    }
}

bool Pivot::add(qsizetype parentIndex, const QString &parentId, const std::vector<Genesys::Page> &pages)
{
    const std::string parent = textOf(Json::toUtf8(parentId));
    const auto rowOf = [&](std::map<std::string, std::string> members) {
        members.try_emplace(m_parentKey, parent); // an element of the same name stands
        return objectOf(members);
    };
    const std::string bare = rowOf({});
    bool isWhole = true;
    std::vector<Item> found; // apart, so that parents do not wait for each other
    for (const Genesys::Page &page : pages) {
        isWhole = isWhole && std::ranges::none_of(page.broken, [](const Genesys::BrokenItem &broken) { return broken.id.isEmpty(); });
        for (size_t i = 0; i < page.items.size(); ++i) {
            const Json::Value item = page.items[i];
            Part part;
            part.parent = parentIndex;
            for (const std::string &name : m_keep) {
                const Json::Value value = item[name];
                if (!value.isMissing()) {
                    part.kept.insert_or_assign(name, textOf(value));
                }
            }
            const Json::Value elements = m_expand.empty() ? Json::Value() : item[m_expand];
            if (!elements.isArray() || elements.size() == 0) {
                part.rows.push_back(bare); // held, though nobody says where: it must stay visible
            } else {
                for (const Json::Value element : elements.items()) {
                    part.rows.push_back(rowOf({{m_expandKey, textOf(element)}}));
                }
            }
            found.push_back({page.ids.at(static_cast<qsizetype>(i)), {}});
            found.back().parts.push_back(std::move(part));
        }
    }
    const std::lock_guard lock(m_mutex);
    for (const Genesys::Page &page : pages) {
        for (const Genesys::BrokenItem &broken : page.broken) {
            if (!broken.id.isEmpty()) {
                m_broken.try_emplace(broken.id, quarantinedFrom(broken));
            }
        }
    }
    for (Item &item : found) {
        qsizetype &place = m_places[item.id]; // 0: new
        if (place == 0) {
            m_items.push_back(std::move(item));
            place = static_cast<qsizetype>(m_items.size());
        } else {
            m_items[static_cast<size_t>(place) - 1].parts.push_back(std::move(item.parts.front()));
        }
    }
    return isWhole;
}

void Pivot::close()
{
    m_places.clear();
    std::ranges::sort(m_items, {}, &Item::id);
}

std::shared_ptr<Batch> Pivot::finish(size_t part, size_t of, Catalogue::NormaliserPool &normalisers)
{
    auto batch = std::make_shared<Batch>();
    const Catalogue::NormaliserPool::Loan normaliser = normalisers.take();
    const std::string into = m_sub.into.toStdString();
    for (size_t i = m_items.size() * part / of; i < m_items.size() * (part + 1) / of; ++i) {
        Item item = std::exchange(m_items[i], {}); // let go as we go
        if (m_broken.contains(item.id)) {
            continue;
        }
        std::ranges::stable_sort(item.parts, {}, &Part::parent);
        std::map<std::string, std::string> members;
        std::vector<std::string> rows;
        for (Part &one : item.parts) {
            members.merge(one.kept); // the first parent's word stands
            std::ranges::move(one.rows, std::back_inserter(rows));
        }
        members["id"] = textOf(Json::toUtf8(item.id));
        members[into] = arrayOf(rows);
        normaliseComposed(*batch, *normaliser, item.id, objectOf(members));
    }
    if (part == 0) {
        for (const auto &[id, broken] : m_broken) {
            batch->quarantined.push_back(broken);
        }
    }
    return batch;
}

} // namespace Orgtrace::Capture
