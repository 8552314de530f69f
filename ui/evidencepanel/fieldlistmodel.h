#pragma once

#include "compare/change.h"

#include <QAbstractListModel>
#include <QHash>

namespace Orgtrace::Ui {

/// The fields of one change: sign, path with names instead of ids; old and new as tool tip. Thread: GUI.
class FieldListModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { PointerRole = Qt::UserRole + 1, KindRole };
    using QAbstractListModel::QAbstractListModel;
    void setFields(QList<Compare::FieldChange> fields, const QHash<QString, QString> &namesById);
    [[nodiscard]] QModelIndex indexOf(const QString &pointer) const;
    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

private:
    QList<Compare::FieldChange> m_fields;
    QHash<QString, QString> m_names;
};

} // namespace Orgtrace::Ui
