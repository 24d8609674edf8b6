// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace swb::ui {

class OperationsFilterModel;

/// The table of operations. It follows new rows only while its end is in view, keeps its rows at
/// one height, and tells the model which rows are on screen, so that only those keep running.
class OperationsView : public QTableView {
    Q_OBJECT
public:
    explicit OperationsView(QWidget* parent = nullptr);

    void setOperations(OperationsFilterModel& model);
    bool isFollowing() const { return m_following; }
    /// Scrolls to the end and stays there, or stays where it is.
    void setFollowing(bool following);
    void setEmptyText(const QString& text);
    /// The selected rows, with headings, as tab-separated text on the clipboard. Returns how many
    /// rows that were.
    int copySelection() const;

signals:
    void followingChanged(bool following);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool isAtEnd() const;
    void userScrolled();
    void tellVisibleRows();
    void setUpColumns();

    OperationsFilterModel* m_operations = nullptr;
    QString m_emptyText;
    bool m_following = true;
    bool m_scrolling = false; ///< We scroll, not the user.
};

} // namespace swb::ui
