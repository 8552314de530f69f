#include "capture/subresource.h"

#include "base/digest.h"
#include "genesys/page.h"
#include "json/canonical.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
void normaliseComposed(Batch &batch, Catalogue::Normaliser &normaliser, const QString &id, const Json::Node &node)
{
    const QByteArray text = node.compactText();
    const auto document = Json::parse(view(text));
    if (!document) {
        batch.quarantined.push_back({id, document.error().detail.left(300), QString::fromLatin1(sha256(view(text)).toHex())});
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

std::shared_ptr<Batch> composeItems(const QString &parentId, const std::vector<Genesys::Page> &pages, const Catalogue::DomainRules &rules,
                                    const Redaction::Redactor &redactor)
{
    auto batch = std::make_shared<Batch>();
    Json::Node::Array items;
    for (const Genesys::Page &page : pages) {
        for (const Genesys::BrokenItem &broken : page.broken) {
            if (batch->quarantined.empty()) {
                const QString name = broken.id.isEmpty() ? QStringLiteral("an item without id") : QString(u"item "_s + broken.id);
                batch->quarantined.push_back(
                    {parentId, QString(name + u": "_s + broken.why).left(300), QString::fromLatin1(broken.sha256)});
            }
        }
        for (const Json::Value item : page.items) {
            items.emplace_back(item);
        }
    }
    if (!batch->quarantined.empty()) {
        return batch;
    }
    Json::Node node = Json::Node::object();
    node["id"] = Json::Node(parentId);
    const bool isObject = rules.sub.shape == QLatin1StringView("object");
    node[rules.sub.into.toStdString()]
        = isObject ? (items.empty() ? Json::Node() : std::move(items.front())) : Json::Node(std::move(items));
    Catalogue::Normaliser normaliser(rules, redactor);
    normaliseComposed(*batch, normaliser, parentId, node);
    return batch;
}

bool Pivot::add(qsizetype parentIndex, const QString &parentId, const std::vector<Genesys::Page> &pages)
{
    const std::lock_guard lock(m_mutex);
    const Catalogue::SubResource &sub = m_rules.sub;
    const std::string parentKey = sub.parentKey.toStdString(), expandKey = sub.expandKey.toStdString(), expand = sub.expand.toStdString();
    for (const Genesys::Page &page : pages) {
        for (const Genesys::BrokenItem &broken : page.broken) {
            if (broken.id.isEmpty()) {
                return false;
            }
            m_broken.try_emplace(broken.id, quarantinedFrom(broken));
        }
        for (size_t i = 0; i < page.items.size(); ++i) {
            const Json::Value item = page.items[i];
            Part &part = m_parts[page.ids.at(static_cast<qsizetype>(i))][parentIndex];
            for (const QString &name : sub.keep) {
                const Json::Value value = item[name.toStdString()];
                if (!value.isMissing()) {
                    part.kept.insert_or_assign(name.toStdString(), Json::Node(value));
                }
            }
            const auto row = [&] {
                Json::Node node = Json::Node::object();
                node[parentKey] = Json::Node(parentId);
                return node;
            };
            const Json::Value elements = expand.empty() ? Json::Value() : item[expand];
            if (!elements.isArray() || elements.size() == 0) {
                part.rows.push_back(row()); // held, though nobody says where: it must stay visible
                continue;
            }
            for (const Json::Value element : elements.items()) {
                Json::Node node = row();
                node[expandKey] = Json::Node(element);
                part.rows.push_back(std::move(node));
            }
        }
    }
    return true;
}

std::shared_ptr<Batch> Pivot::finish()
{
    auto batch = std::make_shared<Batch>();
    Catalogue::Normaliser normaliser(m_rules, m_redactor);
    const std::string into = m_rules.sub.into.toStdString();
    for (auto &[id, byParent] : m_parts) {
        if (m_broken.contains(id)) {
            continue;
        }
        Json::Node::Object members;
        Json::Node::Array rows;
        for (auto &[index, part] : byParent) {
            members.merge(part.kept); // the first parent's word stands
            std::ranges::move(part.rows, std::back_inserter(rows));
        }
        Json::Node node(std::move(members));
        node["id"] = Json::Node(id);
        node[into] = Json::Node(std::move(rows));
        normaliseComposed(*batch, normaliser, id, node);
    }
    for (auto &[id, broken] : m_broken) {
        batch->quarantined.push_back(std::move(broken));
    }
    m_parts.clear();
    return batch;
}

} // namespace Orgtrace::Capture
