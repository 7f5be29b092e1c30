async def test_schema_applies(tx):
    assert await tx.connection.fetchval("select count(*) from migrations") == 8
    await tx.connection.execute("insert into organizations values ('420000000000','湖北省公安厅')")
    await tx.connection.execute("""insert into blacklist_entries select gen_random_uuid(), 'X420100010','X420100019',10,'voided','d','2024-01-01',null,null,'420000000000',now(),'a'""")
    print(await tx.connection.fetch("select * from blacklist_blocks"), await tx.connection.fetch("select * from blacklist_state"), await tx.connection.fetchval("select current_user"))
