#pragma once

#include "operations/workspace.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;
class QTableView;
class QVBoxLayout;

namespace Orgtrace::Ui {

class CaptureFilter;
class IdentityModel;

/// What the client of an organisation may see and do: the permission table, the divisions that shorten lists, what it could change, and the role it should have
/// instead, ready to be copied. Shows; asks nobody.
/// Thread: GUI.
class IdentityPage final : public QWidget
{
    Q_OBJECT
public:
    explicit IdentityPage(QWidget *parent = nullptr);

    void showAsking(const QString &organisation);
    void showCheck(const Operations::Workspace::Check &check);
    void showError(const Error &error);
    [[nodiscard]] bool isAsking() const { return m_isAsking; }
    [[nodiscard]] const IdentityModel &model() const { return *m_model; }
    [[nodiscard]] QString verdict() const;
    [[nodiscard]] QString role() const { return m_role.join(u'\n'); } ///< what Copy copies: a permission a line

Q_SIGNALS:
    void againRequested();
    void closeRequested();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    void addSection(const QString &title, const QString &text);
    void addLines(const QStringList &lines, bool isMono);

    IdentityModel *m_model;
    CaptureFilter *m_order;
    QLabel *m_title, *m_verdict;
    QPushButton *m_again, *m_close, *m_copy;
    QTableView *m_table;
    QScrollArea *m_side;
    QVBoxLayout *m_sections = nullptr;
    QWidget *m_body;
    QString m_organisation;
    QStringList m_role;
    bool m_isAsking = false;
};

} // namespace Orgtrace::Ui
