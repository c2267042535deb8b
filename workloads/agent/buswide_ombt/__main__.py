from buswide_ombt.cli import main

main()
