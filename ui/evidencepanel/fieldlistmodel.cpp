#include "evidencepanel/fieldlistmodel.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::FieldKind;

void FieldListModel::setFields(QList<Compare::FieldChange> fields, const QHash<QString, QString> &namesById,
                               const QHash<QString, QString> &oldNamesById)
{
    beginResetModel();
    m_fields = std::move(fields);
    m_names = namesById;
    m_oldNames = oldNamesById;
    endResetModel();
}

QModelIndex FieldListModel::indexOf(const QString &pointer, std::optional<Side> side) const
{
    const auto fits = [&](const Compare::FieldChange &field) {
        return field.pointer == pointer && (!side || (field.kind == FieldKind::Removed) == (*side == Side::Left));
    };
    auto found = std::ranges::find_if(m_fields, fits);
    if (found == m_fields.end()) {
        found = std::ranges::find(m_fields, pointer, &Compare::FieldChange::pointer);
    }
    return found == m_fields.end() ? QModelIndex() : index(int(found - m_fields.begin()));
}

int FieldListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_fields.size());
}

QVariant FieldListModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_fields.size()) {
        return {};
    }
    const Compare::FieldChange &field = m_fields[index.row()];
    const auto named = [this](const QString &text, bool isOfA) { // each side by the names that it had
        return withNames(text, [this, isOfA](const QString &id) {
            const auto old = isOfA ? m_oldNames.constFind(id) : m_oldNames.cend();
            return old != m_oldNames.cend() ? *old : m_names.value(id);
        });
    };
    const auto value = [&named](const std::optional<QByteArray> &text, bool isOfA) {
        return text ? visibleText(named(QString::fromUtf8(text->first(std::min<qsizetype>(text->size(), 600))), isOfA), 160)
                    : tr("not there");
    };
    switch (role) {
    case PointerRole: return field.pointer;
    case KindRole: return int(field.kind);
    case Qt::DisplayRole: {
        const QString sign = field.kind == FieldKind::Added ? u"+"_s
            : field.kind == FieldKind::Removed              ? u"−"_s
            : field.kind == FieldKind::Moved                ? u"↕"_s
                                                            : u"~"_s;
        QString path = named(field.path.isEmpty() ? field.pointer : field.path, field.kind == FieldKind::Removed);
        if (path.startsWith(u'/')) {
            path.remove(0, 1);
        }
        path = path.isEmpty() ? tr("the whole text") : path.replace(u'/', u" › "_s);
        return QString(sign + u"  "_s + visibleText(path, 200));
    }
    case Qt::ForegroundRole:
        return field.kind == FieldKind::Added ? Theme::added() : field.kind == FieldKind::Removed ? Theme::removed() : Theme::text();
    case Qt::ToolTipRole:
        return QString(u"<p style='white-space:pre-wrap'>"_s + tr("A: %1").arg(value(field.oldText, true)).toHtmlEscaped() + u'\n'
                       + tr("B: %1").arg(value(field.newText, false)).toHtmlEscaped() + u"</p>"_s);
    case Qt::AccessibleTextRole: {
        const QString kind = field.kind == FieldKind::Added ? tr("added")
            : field.kind == FieldKind::Removed              ? tr("removed")
            : field.kind == FieldKind::Moved                ? tr("moved")
                                                            : tr("changed");
        return QString(kind + u": "_s + data(index, Qt::DisplayRole).toString().mid(3));
    }
    default: return {};
    }
}

} // namespace Orgtrace::Ui
