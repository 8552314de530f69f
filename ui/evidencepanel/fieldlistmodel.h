#pragma once

#include "compare/change.h"
#include "session/side.h"

#include <QAbstractListModel>
#include <QHash>

#include <optional>

namespace Orgtrace::Ui {

/// The fields of one change: sign, path with names instead of ids; old and new as tool tip. Thread: GUI.
class FieldListModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { PointerRole = Qt::UserRole + 1, KindRole };
    using QAbstractListModel::QAbstractListModel;
    /// @param oldNamesById as of A, where it was another name
    void setFields(QList<Compare::FieldChange> fields, const QHash<QString, QString> &namesById,
                   const QHash<QString, QString> &oldNamesById = {});
    /// @param side of the pointer, where it is known: the same pointer may be a removed field's in A and another one's in B.
    [[nodiscard]] QModelIndex indexOf(const QString &pointer, std::optional<Side> side = {}) const;
    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

private:
    QList<Compare::FieldChange> m_fields;
    QHash<QString, QString> m_names, m_oldNames;
};

} // namespace Orgtrace::Ui
